/** What dbus-next uses of long, a 64-bit integer for engines without one, on Node's own. */
class Long {
  constructor(low, high, unsigned = false) {
    this.low = low | 0;
    this.high = high | 0;
    this.unsigned = unsigned;
  }
  static fromString(text, unsigned = false) {
    const bits = BigInt.asUintN(64, BigInt(text));
    return new Long(Number(bits & 0xffffffffn), Number(bits >> 32n), unsigned);
  }
  toString() {
    const bits = (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
    return String(this.unsigned ? bits : BigInt.asIntN(64, bits));
  }
}
module.exports = Long;
