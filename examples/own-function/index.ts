// A function of this program as a Story-42 component: its image is built here, and it runs the image by digest.
import * as pulumi from "@pulumi/pulumi";
import { StoryImage, StoryLambdas } from "@tech42/story-42";

const naming = { project: "word-count", environment: pulumi.getStack() };
const config = new pulumi.Config();
const baseImage = config.get("baseImage");
const registry = config.get("imageRegistry");

const image = new StoryImage("image", {
    ...naming,
    repositoryName: `word-count-${naming.environment}`,
    context: "function",
    buildArgs: baseImage ? { BASE_IMAGE: baseImage } : undefined,
    builder: config.get("imageBuilder"),
    registry: registry ? { address: registry } : undefined,
    forceDelete: true,
});

const { functions } = new StoryLambdas("lambdas", {
    ...naming,
    functions: {
        count: {
            functionName: `word-count-${naming.environment}`,
            description: "Counts words",
            image: image.ref,
            memory: 256,
            timeout: 10,
        },
    },
});

export const functionName = functions.count.function.name;
export const aliasArn = functions.count.alias.arn;
export const imageRef = image.ref;
