import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { fromAws, tagList, tagMap, toAws } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(s3.S3Client);

const bucket: ResourceType = {
    replaceOn: ["bucket", "bucketPrefix", "objectLockEnabled"],
    deleteFirst: true,
    computed: ["arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion", "hostedZoneId"],
    writeOnly: ["forceDestroy"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new s3.CreateBucketCommand({
                Bucket: inputs.bucket,
                ...(cloud.region === "us-east-1"
                    ? {}
                    : {
                          CreateBucketConfiguration: {
                              LocationConstraint: cloud.region as s3.BucketLocationConstraint,
                          },
                      }),
            }),
        );
        await setTags(inputs.bucket, inputs, cloud);
        return inputs.bucket;
    },
    async read(id, cloud) {
        if (!(await ifThere(client(cloud).send(new s3.HeadBucketCommand({ Bucket: id }))))) {
            return undefined;
        }
        const tagging = await ifThere(client(cloud).send(new s3.GetBucketTaggingCommand({ Bucket: id })));
        return {
            arn: `arn:aws:s3:::${id}`,
            bucket: id,
            bucketDomainName: `${id}.s3.amazonaws.com`,
            bucketRegionalDomainName: `${id}.s3.${cloud.region}.amazonaws.com`,
            bucketRegion: cloud.region,
            hostedZoneId: "Z3AQBSTGFYJSTF",
            tags: tagMap(tagging?.TagSet),
        };
    },
    update: setTags,
    async delete(id, cloud, state) {
        if (state.forceDestroy) {
            await emptyBucket(id, cloud);
        }
        await ifThere(client(cloud).send(new s3.DeleteBucketCommand({ Bucket: id })));
    },
};

async function setTags(id: string, inputs: Properties, cloud: Clients): Promise<void> {
    await client(cloud).send(new s3.PutBucketTaggingCommand({ Bucket: id, Tagging: { TagSet: tagList(inputs.tags) } }));
}

/** Removes every object in every version. */
async function emptyBucket(Bucket: string, cloud: Clients): Promise<void> {
    for (;;) {
        const page = await ifThere(client(cloud).send(new s3.ListObjectVersionsCommand({ Bucket })));
        const found = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])];
        if (found.length === 0) {
            return;
        }
        const Objects = found.map(({ Key = "", VersionId }) => ({ Key, VersionId }));
        const removed = await client(cloud).send(
            new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        );
        if (removed.Errors?.length) {
            throw new Error(`${Bucket} keeps ${removed.Errors.length} objects: ${removed.Errors[0]?.Message}`);
        }
    }
}

/** A command on a bucket's sub-resource; each has types of its own, which only `put` and `get` of an aspect know. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type SubResourceCommand = new (input: any) => any;

/** One aspect of a bucket, which is the bucket's own sub-resource in the API: put it, get it, delete it. */
interface Aspect {
    put(inputs: Properties): { Bucket: string } & Properties;
    get(answer: Properties): Properties | undefined;
    commands: { put: SubResourceCommand; get: SubResourceCommand; delete?: SubResourceCommand };
    /** Settings that the emulator drops. */
    notEmulated?: string[];
}

function aspect({ put, get, commands, notEmulated }: Aspect): ResourceType {
    const apply = async (inputs: Properties, cloud: Clients) => {
        await client(cloud).send(new commands.put(put(inputs)));
        return inputs.bucket as string;
    };
    return {
        replaceOn: ["bucket"],
        deleteFirst: true,
        notEmulated,
        create: apply,
        async read(id, cloud) {
            const answer = await ifThere(client(cloud).send(new commands.get({ Bucket: id })) as Promise<Properties>);
            const found = answer && get(answer);
            return found && { bucket: id, ...found };
        },
        async update(_id, inputs, cloud) {
            await apply(inputs, cloud);
        },
        async delete(id, cloud) {
            if (commands.delete) {
                await ifThere(client(cloud).send(new commands.delete({ Bucket: id })));
            }
        },
    };
}

const publicAccessBlock = aspect({
    commands: {
        put: s3.PutPublicAccessBlockCommand,
        get: s3.GetPublicAccessBlockCommand,
        delete: s3.DeletePublicAccessBlockCommand,
    },
    put: ({ bucket: Bucket, blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets }) => ({
        Bucket,
        PublicAccessBlockConfiguration: toAws({
            blockPublicAcls,
            blockPublicPolicy,
            ignorePublicAcls,
            restrictPublicBuckets,
        }),
    }),
    get: (answer) => fromAws(answer.PublicAccessBlockConfiguration),
});

const ownershipControls = aspect({
    commands: {
        put: s3.PutBucketOwnershipControlsCommand,
        get: s3.GetBucketOwnershipControlsCommand,
        delete: s3.DeleteBucketOwnershipControlsCommand,
    },
    put: ({ bucket: Bucket, rule }) => ({ Bucket, OwnershipControls: { Rules: [toAws(rule)] } }),
    get: (answer) => ({ rule: fromAws(answer.OwnershipControls?.Rules?.[0]) }),
});

const encryption = aspect({
    commands: {
        put: s3.PutBucketEncryptionCommand,
        get: s3.GetBucketEncryptionCommand,
        delete: s3.DeleteBucketEncryptionCommand,
    },
    put: ({ bucket: Bucket, rules }) => ({
        Bucket,
        ServerSideEncryptionConfiguration: {
            Rules: rules.map((rule: Properties) => ({
                BucketKeyEnabled: rule.bucketKeyEnabled,
                ApplyServerSideEncryptionByDefault: {
                    SSEAlgorithm: rule.applyServerSideEncryptionByDefault?.sseAlgorithm,
                    KMSMasterKeyID: rule.applyServerSideEncryptionByDefault?.kmsMasterKeyId,
                },
            })),
        },
    }),
    get: (answer) => ({
        rules: answer.ServerSideEncryptionConfiguration?.Rules?.map((rule: s3.ServerSideEncryptionRule) => ({
            bucketKeyEnabled: rule.BucketKeyEnabled,
            applyServerSideEncryptionByDefault: {
                sseAlgorithm: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
                kmsMasterKeyId: rule.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID,
            },
        })),
    }),
});

const versioning = aspect({
    commands: { put: s3.PutBucketVersioningCommand, get: s3.GetBucketVersioningCommand },
    put: ({ bucket: Bucket, versioningConfiguration }) => ({
        Bucket,
        VersioningConfiguration: { Status: versioningConfiguration.status },
    }),
    // Every bucket has one; it can't be made or deleted, only set.
    get: (answer) => ({ versioningConfiguration: { status: answer.Status ?? "Disabled" } }),
});

const lifecycle = aspect({
    commands: {
        put: s3.PutBucketLifecycleConfigurationCommand,
        get: s3.GetBucketLifecycleConfigurationCommand,
        delete: s3.DeleteBucketLifecycleCommand,
    },
    put: ({ bucket: Bucket, rules }) => ({
        Bucket,
        LifecycleConfiguration: {
            Rules: rules.map(({ id, ...rule }: Properties) => ({ ID: id, ...toAws(rule) })),
        },
    }),
    get: (answer) => ({
        rules: answer.Rules?.map(({ ID, ...rule }: Properties) => ({ id: ID, ...fromAws(rule) })),
    }),
});

const cors = aspect({
    commands: { put: s3.PutBucketCorsCommand, get: s3.GetBucketCorsCommand, delete: s3.DeleteBucketCorsCommand },
    put: ({ bucket: Bucket, corsRules }) => ({ Bucket, CORSConfiguration: { CORSRules: toAws(corsRules) } }),
    get: (answer) => ({ corsRules: fromAws(answer.CORSRules) }),
});

const policy = aspect({
    commands: { put: s3.PutBucketPolicyCommand, get: s3.GetBucketPolicyCommand, delete: s3.DeleteBucketPolicyCommand },
    put: ({ bucket: Bucket, policy: Policy }) => ({ Bucket, Policy }),
    get: (answer) => ({ policy: answer.Policy }),
});

const logging: ResourceType = {
    ...aspect({
        commands: { put: s3.PutBucketLoggingCommand, get: s3.GetBucketLoggingCommand },
        put: ({ bucket: Bucket, targetBucket, targetPrefix }) => ({
            Bucket,
            BucketLoggingStatus: { LoggingEnabled: { TargetBucket: targetBucket, TargetPrefix: targetPrefix } },
        }),
        get: (answer) => (answer.LoggingEnabled ? fromAws(answer.LoggingEnabled) : undefined),
    }),
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new s3.PutBucketLoggingCommand({ Bucket: id, BucketLoggingStatus: {} })));
    },
};

/** The path of a file asset, as the engine sends it. */
function pathOf(source: unknown): string {
    const path = (source as { path?: unknown })?.path;
    if (typeof path !== "string") {
        throw new Error("source is not a file; the local provider uploads files only");
    }
    return resolve(path);
}

async function putObject(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new s3.PutObjectCommand({
            Bucket: inputs.bucket,
            Key: inputs.key,
            Body: inputs.content ?? (await readFile(pathOf(inputs.source))),
            ContentType: inputs.contentType,
            CacheControl: inputs.cacheControl,
        }),
    );
    return `${inputs.bucket}/${inputs.key}`;
}

const bucketObject: ResourceType = {
    replaceOn: ["bucket", "key"],
    computed: ["arn", "etag", "versionId"],
    changesWith: ["etag", "versionId"],
    writeOnly: ["source", "content"],
    create: putObject,
    async read(id, cloud, known) {
        const Bucket = known.bucket ?? id.slice(0, id.indexOf("/"));
        const Key = known.key ?? id.slice(id.indexOf("/") + 1);
        const it = await ifThere(client(cloud).send(new s3.HeadObjectCommand({ Bucket, Key })));
        return (
            it && {
                arn: `arn:aws:s3:::${Bucket}/${Key}`,
                bucket: Bucket,
                key: Key,
                contentType: it.ContentType,
                cacheControl: it.CacheControl,
                etag: it.ETag?.replaceAll('"', ""),
                versionId: it.VersionId,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await putObject(inputs, cloud);
    },
    async delete(_id, cloud, state) {
        await ifThere(client(cloud).send(new s3.DeleteObjectCommand({ Bucket: state.bucket, Key: state.key })));
    },
};

export const s3Types: Record<string, ResourceType> = {
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": publicAccessBlock,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ownershipControls,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": encryption,
    "aws:s3/bucketVersioning:BucketVersioning": versioning,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lifecycle,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": cors,
    "aws:s3/bucketPolicy:BucketPolicy": policy,
    "aws:s3/bucketLogging:BucketLogging": logging,
    "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject,
};
