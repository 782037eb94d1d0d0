import { StoryApi, StoryAuth, StoryImage, StoryLambdas } from "../../../components/index.ts";

const naming = { project: "shop", environment: "dev" };
const auth = new StoryAuth("auth", { ...naming, adminEmail: "admin@example.com" });
const image = new StoryImage("resize-image", { ...naming, repositoryName: "shop-resize-dev", context: "resize" });
const { functions } = new StoryLambdas("lambdas", {
    ...naming,
    functions: { resize: { functionName: "shop-resize-dev", image: image.ref } },
});

const api = new StoryApi("api", {
    ...naming,
    operations: [{ path: "/resize", name: "resize", function: functions.resize }],
    userPoolArn: auth.userPool.arn,
    corsOrigins: ["https://shop.example.com"],
    timeoutSeconds: 29,
    throttle: { rateLimit: 10, burstLimit: 20 },
});

export const address = api.operationEndpoints.resize;
