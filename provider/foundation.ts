/** Network, data, sign-in and what production adds to them, for programs in any language. */
import * as pulumi from "@pulumi/pulumi";
import {
    StoryAuth,
    type StoryAuthArgs,
    StoryData,
    type StoryDataArgs,
    StoryEncryptionKey,
    type StoryEncryptionKeyArgs,
    StoryGuardrail,
    type StoryGuardrailArgs,
    StoryLogBucket,
    type StoryLogBucketArgs,
    StoryNetwork,
    type StoryNetworkArgs,
    type TaskSecret,
} from "../components/index.ts";
import { type Data, defineComponent } from "./component.ts";

/** Outputs of {@link StoryNetwork}. */
export interface StoryNetworkOutputs {
    /** The VPC's id. */
    vpcId: pulumi.Output<string>;
    /** Ids of the subnets with a route to the internet. */
    publicSubnetIds: pulumi.Output<string[]>;
    /** Ids of the subnets without one. */
    isolatedSubnetIds: pulumi.Output<string[]>;
    /** Ids of the subnets with a way to the internet through a NAT gateway; there are none without one. */
    privateSubnetIds?: pulumi.Output<string[]>;
}

export const network = defineComponent<Data<StoryNetworkArgs>, StoryNetworkOutputs>((name, inputs, opts) => {
    const component = new StoryNetwork(name, inputs, opts);
    const { vpcId, publicSubnetIds, isolatedSubnetIds, privateSubnetIds } = component;
    return { component, outputs: { vpcId, publicSubnetIds, isolatedSubnetIds, privateSubnetIds } };
});

/** Outputs of {@link StoryData}; those of a part that is not asked for are empty. */
export interface StoryDataOutputs {
    /** The name of the table of sessions. */
    tableName: pulumi.Output<string>;
    /** The table's ARN; its indexes are below it, at `/index/*`. */
    tableArn: pulumi.Output<string>;
    /** The name of the bucket of stories and pictures. */
    imagesBucketName: pulumi.Output<string>;
    /** The bucket's ARN; its objects are below it, at `/*`. */
    imagesBucketArn: pulumi.Output<string>;
    /** The bucket's regional domain name, from which pages load pictures. */
    imagesBucketDomainName: pulumi.Output<string>;
    /** The ARN of the secret with the Gemini API's key. */
    googleApiKeySecretArn: pulumi.Output<string>;
    /** The ARN of the secret with the text-to-speech API's key. */
    ttsApiKeySecretArn: pulumi.Output<string>;
    /** The text-to-speech API's key in its newest version, as a task refers to it: `ARN:::VERSION-ID`. */
    ttsApiKeyReference: pulumi.Output<string>;
    /** The key of a web search, as a task refers to it. */
    searchApiKeyReference: pulumi.Output<string>;
}

const none = () => pulumi.output("");

/** A key as a task refers to it. */
function referenceTo(secret: TaskSecret | undefined): pulumi.Output<string> {
    return secret ? pulumi.interpolate`${secret.arn}:::${secret.versionId}` : none();
}

export const data = defineComponent<Data<StoryDataArgs>, StoryDataOutputs>(
    (name, inputs, opts) => {
        const component = new StoryData(name, inputs, opts);
        const { table, imagesBucket, googleApiKeySecret, ttsApiKeySecret } = component.nodes;
        return {
            component,
            outputs: {
                tableName: table?.name ?? none(),
                tableArn: table?.arn ?? none(),
                imagesBucketName: imagesBucket?.bucket ?? none(),
                imagesBucketArn: imagesBucket?.arn ?? none(),
                imagesBucketDomainName: imagesBucket?.bucketRegionalDomainName ?? none(),
                googleApiKeySecretArn: googleApiKeySecret?.arn ?? none(),
                ttsApiKeySecretArn: ttsApiKeySecret?.arn ?? none(),
                ttsApiKeyReference: referenceTo(ttsApiKeySecret && component.ttsApiKey),
                searchApiKeyReference: referenceTo(component.searchApiKey),
            },
        };
    },
    ["googleApiKey", "ttsApiKey", "searchApiKey"],
);

/** Outputs of {@link StoryAuth}. */
export interface StoryAuthOutputs {
    userPoolId: pulumi.Output<string>;
    userPoolArn: pulumi.Output<string>;
    /** The id by which the site signs in. */
    userPoolClientId: pulumi.Output<string>;
    /** The prefix of the hosted sign-in's domain; empty where there is none. */
    userPoolDomain: pulumi.Output<string>;
}

export const auth = defineComponent<Data<StoryAuthArgs>, StoryAuthOutputs>(
    (name, inputs, opts) => {
        const component = new StoryAuth(name, inputs, opts);
        const { userPool, userPoolClient, nodes } = component;
        return {
            component,
            outputs: {
                userPoolId: userPool.id,
                userPoolArn: userPool.arn,
                userPoolClientId: userPoolClient.id,
                userPoolDomain: nodes.userPoolDomain?.domain ?? none(),
            },
        };
    },
    ["adminTemporaryPassword"],
);

/** Outputs of {@link StoryEncryptionKey}. */
export interface StoryEncryptionKeyOutputs {
    /** The key's ARN. */
    arn: pulumi.Output<string>;
}

export const encryptionKey = defineComponent<Data<StoryEncryptionKeyArgs>, StoryEncryptionKeyOutputs>(
    (name, inputs, opts) => {
        const component = new StoryEncryptionKey(name, inputs, opts);
        return { component, outputs: { arn: component.arn } };
    },
);

/** Outputs of {@link StoryGuardrail}. */
export interface StoryGuardrailOutputs {
    /** The guardrail's id, which calls of models name. */
    guardrailId: pulumi.Output<string>;
    /** The guardrail's ARN. */
    arn: pulumi.Output<string>;
    /** The version that calls of models name. */
    version: pulumi.Output<string>;
}

export const guardrail = defineComponent<Data<StoryGuardrailArgs>, StoryGuardrailOutputs>((name, inputs, opts) => {
    const component = new StoryGuardrail(name, inputs, opts);
    const { guardrailId, arn, version } = component;
    return { component, outputs: { guardrailId, arn, version } };
});

/** Outputs of {@link StoryLogBucket}. */
export interface StoryLogBucketOutputs {
    /** The bucket's name, known only once its policy lets the services write. */
    bucketName: pulumi.Output<string>;
    /** The bucket's domain name, as CloudFront wants it, known only once its policy lets the services write. */
    bucketDomainName: pulumi.Output<string>;
}

export const logBucket = defineComponent<Data<StoryLogBucketArgs>, StoryLogBucketOutputs>((name, inputs, opts) => {
    const component = new StoryLogBucket(name, inputs, opts);
    const { bucketName, bucketDomainName } = component;
    return { component, outputs: { bucketName, bucketDomainName } };
});
