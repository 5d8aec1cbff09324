/** What dbus-next uses of jsbi, a big integer for engines without one, on Node's own. */
module.exports = {
  BigInt: (value) => BigInt(value),
  greaterThan: (a, b) => a > b,
  lessThan: (a, b) => a < b,
};
