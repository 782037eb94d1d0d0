/** Each change is a line of the changelog, as it was written: a resource's name and **Breaking:** are read from there. */
export default {
    getReleaseLine: async ({ summary }) => `- ${summary.trim().replaceAll("\n", "\n  ")}`,
    getDependencyReleaseLine: async () => "",
};
