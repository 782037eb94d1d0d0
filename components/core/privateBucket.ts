import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./iam.ts";
import { child, type Transform } from "./transform.ts";

/** Changes to the parts of a private bucket. */
export interface PrivateBucketTransform {
    bucket?: Transform<aws.s3.BucketArgs>;
    publicAccessBlock?: Transform<aws.s3.BucketPublicAccessBlockArgs>;
    ownership?: Transform<aws.s3.BucketOwnershipControlsArgs>;
    encryption?: Transform<aws.s3.BucketServerSideEncryptionConfigurationArgs>;
    versioning?: Transform<aws.s3.BucketVersioningArgs>;
    lifecycle?: Transform<aws.s3.BucketLifecycleConfigurationArgs>;
    logging?: Transform<aws.s3.BucketLoggingArgs>;
    policy?: Transform<aws.s3.BucketPolicyArgs>;
}

/** What makes a private bucket. */
export interface PrivateBucket {
    bucketName: string;
    /** Delete the bucket with the objects in it. */
    forceDestroy: boolean;
    tags: Record<string, pulumi.Input<string>>;
    /** Rules beside those that every bucket has. */
    lifecycleRules?: aws.types.input.s3.BucketLifecycleConfigurationRule[];
    /** Who owns objects. @default the bucket's owner, whoever writes them (no access control lists) */
    objectOwnership?: "BucketOwnerEnforced" | "BucketOwnerPreferred";
    /** A customer key. @default S3's own */
    kmsKeyArn?: pulumi.Input<string>;
    /** Where the access log goes. @default no access log */
    accessLogBucket?: pulumi.Input<string>;
    transform?: PrivateBucketTransform;
    parent: pulumi.Resource;
    /** Pulumi refuses to delete the bucket. @default false */
    protect?: boolean;
    /** Leave all of it in the account when it leaves the stack. @default false */
    retainOnDelete?: boolean;
}

/** Days that a replaced or removed object can still be brought back. */
const KEEP_OLD_VERSIONS_DAYS = 7;

/**
 * Makes a bucket that nobody but its account reaches: no public access, encrypted, versioned, with half-finished uploads
 * and old versions cleaned away. {@link createBucketPolicy} completes it.
 */
export function createPrivateBucket(
    name: string,
    it: PrivateBucket,
): { bucket: aws.s3.Bucket; ownership: aws.s3.BucketOwnershipControls } {
    const { parent, transform: change, protect, retainOnDelete } = it;
    const owner = child(
        parent,
        aws.s3.Bucket,
        `${name}-bucket`,
        change?.bucket,
        { bucket: it.bucketName, forceDestroy: it.forceDestroy, tags: it.tags },
        { protect, retainOnDelete },
    );
    const opts = { retainOnDelete };
    const bucket = owner.bucket;
    child(
        parent,
        aws.s3.BucketPublicAccessBlock,
        `${name}-public-access`,
        change?.publicAccessBlock,
        {
            bucket,
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        },
        opts,
    );
    const ownership = child(
        parent,
        aws.s3.BucketOwnershipControls,
        `${name}-ownership`,
        change?.ownership,
        {
            bucket,
            rule: { objectOwnership: it.objectOwnership ?? "BucketOwnerEnforced" },
        },
        opts,
    );
    const encryption = it.kmsKeyArn
        ? { sseAlgorithm: "aws:kms", kmsMasterKeyId: it.kmsKeyArn }
        : { sseAlgorithm: "AES256" };
    child(
        parent,
        aws.s3.BucketServerSideEncryptionConfiguration,
        `${name}-encryption`,
        change?.encryption,
        {
            bucket,
            rules: [{ applyServerSideEncryptionByDefault: encryption, bucketKeyEnabled: it.kmsKeyArn !== undefined }],
        },
        opts,
    );
    const versioning = child(
        parent,
        aws.s3.BucketVersioning,
        `${name}-versioning`,
        change?.versioning,
        {
            bucket,
            versioningConfiguration: { status: "Enabled" },
        },
        opts,
    );
    child(
        parent,
        aws.s3.BucketLifecycleConfiguration,
        `${name}-lifecycle`,
        change?.lifecycle,
        // Rules for old versions want versioning first: its output carries the bucket's name.
        { bucket: versioning.bucket, rules: [...(it.lifecycleRules ?? []), cleanUp] },
        opts,
    );
    if (it.accessLogBucket !== undefined) {
        child(
            parent,
            aws.s3.BucketLogging,
            `${name}-logging`,
            change?.logging,
            {
                bucket,
                targetBucket: it.accessLogBucket,
                targetPrefix: `s3/${it.bucketName}/`,
            },
            opts,
        );
    }
    return { bucket: owner, ownership };
}

/** Gives a private bucket its policy: encrypted connections only, and what `statements` allow beside. */
export function createBucketPolicy(
    parent: pulumi.Resource,
    name: string,
    bucket: aws.s3.Bucket,
    statements: object[],
    change: Transform<aws.s3.BucketPolicyArgs> | undefined,
    opts: pulumi.CustomResourceOptions = {},
): aws.s3.BucketPolicy {
    const tlsOnly = {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:*"],
        Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    return child(
        parent,
        aws.s3.BucketPolicy,
        `${name}-policy`,
        change,
        { bucket: bucket.bucket, policy: policyDocument([...statements, tlsOnly]) },
        opts,
    );
}

const cleanUp: aws.types.input.s3.BucketLifecycleConfigurationRule = {
    id: "clean-up",
    status: "Enabled",
    filter: { prefix: "" },
    noncurrentVersionExpiration: { noncurrentDays: KEEP_OLD_VERSIONS_DAYS },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    expiration: { expiredObjectDeleteMarker: true },
};
