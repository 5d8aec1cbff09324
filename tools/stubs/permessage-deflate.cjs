/** ws compresses messages with it; the hub turns that off, since it costs memory for every connection. */
module.exports = class {
  static extensionName = "permessage-deflate";
  constructor() {
    throw new Error("compression of WebSocket messages is not in this build");
  }
};
