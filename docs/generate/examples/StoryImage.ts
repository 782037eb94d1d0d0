import { StoryImage } from "../../../components/index.ts";

// Built from the folder resize/ beside Pulumi.yaml, and pushed to the repository that it makes.
const image = new StoryImage("resize-image", {
    project: "shop",
    environment: "dev",
    repositoryName: "shop-resize-dev",
    context: "resize",
    platform: "linux/arm64",
});

export const digest = image.digest;
