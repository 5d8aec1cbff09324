/** Databases within a database, which the store does not use. */
module.exports = () => ({
  AbstractSublevel: class {
    constructor() {
      throw new Error("sublevels are not in this build");
    }
  },
});
