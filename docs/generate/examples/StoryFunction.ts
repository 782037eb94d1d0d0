import { StoryFunction } from "../../../components/index.ts";

const digest = "sha256:0f7a1b0b9a2c4e5d8f3e6a7c1d2b3a4f5e6d7c8b9a0f1e2d3c4b5a6f7e8d9c0b";

// Alone, without StoryLambdas around it; what its siblings would share is its third parameter.
const resize = new StoryFunction(
    "resize",
    {
        functionName: "shop-resize-dev",
        image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-resize-dev@${digest}`,
    },
    { project: "shop", environment: "dev", architecture: "arm64" },
);

export const alias = resize.alias.arn;
