// Three ways to change what no argument of a component covers: its `transform`, a subclass in its place, and Pulumi's
// `transforms`, which apply to all resources below a component.
import * as pulumi from "@pulumi/pulumi";
import { StoryNetwork } from "@tech42/story-42";
import { CompanyData } from "./companyData.ts";

const naming = { project: "changed", environment: pulumi.getStack() };
const config = new pulumi.Config();

/** Tags every subnet, including those that awsx creates. */
const tagSubnets: pulumi.ResourceTransform = ({ type, props, opts }) =>
    type === "aws:ec2/subnet:Subnet"
        ? { props: { ...props, tags: { ...props.tags, Zone: "public-cloud" } }, opts }
        : undefined;

const network = new StoryNetwork(
    "network",
    { ...naming, availabilityZones: ["us-east-1a", "us-east-1b"], cidrBlock: "10.80.0.0/16" },
    { transforms: [tagSubnets] },
);

const data = new CompanyData("data", {
    ...naming,
    googleApiKey: config.requireSecret("googleApiKey"),
    ttsApiKey: config.requireSecret("ttsApiKey"),
    corsOrigins: ["https://changed.example.com"],
    secretRecoveryDays: 0,
    forceDestroy: true,
    transform: {
        // An object is merged into the child's arguments.
        imagesCors: {
            corsRules: [
                { allowedMethods: ["GET"], allowedOrigins: ["https://changed.example.com"], maxAgeSeconds: 60 },
            ],
        },
        // A function may change arguments and options, or return other arguments.
        ttsApiKeySecret: (args, opts) => {
            args.description = "The key of our own text-to-speech service";
            opts.ignoreChanges = ["description"];
        },
    },
});

export const vpcId = network.vpcId;
export const tableName = data.table.name;
export const bucketName = data.imagesBucket.bucket;
export const ttsSecretName = data.ttsApiKeySecret.name;
export const topicArn = data.pictures.arn;
