/** mqtt.js keeps topic aliases in it, which are of MQTT 5; links speak 3.1.1, so none is ever made. */
module.exports = {
  LRUCache: class {
    constructor() {
      throw new Error("topic aliases are not in this build");
    }
  },
};
