/** What aedes keeps sessions in when it is given nothing; the hub gives it its own, bounded one. */
module.exports = () => {
  throw new Error("the unbounded persistence is not in this build");
};
