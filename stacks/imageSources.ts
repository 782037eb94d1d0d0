/** The images of a stack: where each is built from, what its final stage stands on, and the repository it goes to. */
export const imageSources = {
    text: { folder: "docker/story-text-regen", base: "lambda", repository: "textRepository" },
    image: { folder: "docker/story-image-regen", base: "lambda", repository: "imageRepository" },
    dataOps: { folder: "docker/data-ops", base: "lambda", repository: "dataOpsRepository" },
    agent: { folder: "docker/story-generator", base: "service", repository: "agentRepository" },
} as const;

/** One of the images of a stack. */
export type ImageName = keyof typeof imageSources;
