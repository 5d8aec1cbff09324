/** mqtt.js keeps its timers in a web worker when it runs in a browser. A hub is none, and never calls these. */
module.exports = { setInterval, clearInterval, setTimeout, clearTimeout };
