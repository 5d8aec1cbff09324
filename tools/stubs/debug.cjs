/** mqtt.js and aedes trace through it when DEBUG is set; the hub counts and tells what happens by itself. */
const silent = () => {};
silent.enabled = false;
silent.extend = () => silent;
module.exports = () => silent;
module.exports.enabled = () => false;
