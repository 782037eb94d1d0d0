import { StoryImage, StoryLambdas } from "../../../components/index.ts";

const naming = { project: "shop", environment: "dev" };
const image = new StoryImage("resize-image", { ...naming, repositoryName: "shop-resize-dev", context: "resize" });

const { functions } = new StoryLambdas("lambdas", {
    ...naming,
    functions: {
        resize: {
            functionName: "shop-resize-dev",
            image: image.ref,
            memory: 1024,
            timeout: 60,
            environment: { LOG_LEVEL: "INFO" },
        },
        // One more function is one more entry.
        archive: { functionName: "shop-archive-dev", image: image.ref },
    },
});

export const alias = functions.resize.alias.arn;
