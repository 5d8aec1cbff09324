/** What `mindos hub` starts, in the bundle of the other commands: it has a bundle of its own, and the launcher knows. */
exports.startHub = () => {
  throw new Error("the hub is not in this build");
};
