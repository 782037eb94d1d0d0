import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./iam.ts";
import { type Transform, transform } from "./transform.ts";

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
    /** Who owns objects. Default: the bucket's owner, whoever writes them (no access control lists). */
    objectOwnership?: "BucketOwnerEnforced" | "BucketOwnerPreferred";
    /** A customer key. Default: S3's own. */
    kmsKeyArn?: pulumi.Input<string>;
    /** Where the access log goes. Default: no access log. */
    accessLogBucket?: pulumi.Input<string>;
    transform?: PrivateBucketTransform;
    /** Options of the children; `protect` is the bucket's alone. */
    opts: pulumi.CustomResourceOptions;
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
    const { protect, ...opts } = it.opts;
    const change = it.transform;
    const owner = new aws.s3.Bucket(
        ...transform<aws.s3.BucketArgs>(
            change?.bucket,
            `${name}-bucket`,
            { bucket: it.bucketName, forceDestroy: it.forceDestroy, tags: it.tags },
            { ...opts, protect },
        ),
    );
    const bucket = owner.bucket;
    new aws.s3.BucketPublicAccessBlock(
        ...transform<aws.s3.BucketPublicAccessBlockArgs>(
            change?.publicAccessBlock,
            `${name}-public-access`,
            {
                bucket,
                blockPublicAcls: true,
                blockPublicPolicy: true,
                ignorePublicAcls: true,
                restrictPublicBuckets: true,
            },
            opts,
        ),
    );
    const ownership = new aws.s3.BucketOwnershipControls(
        ...transform<aws.s3.BucketOwnershipControlsArgs>(
            change?.ownership,
            `${name}-ownership`,
            { bucket, rule: { objectOwnership: it.objectOwnership ?? "BucketOwnerEnforced" } },
            opts,
        ),
    );
    const encryption = it.kmsKeyArn
        ? { sseAlgorithm: "aws:kms", kmsMasterKeyId: it.kmsKeyArn }
        : { sseAlgorithm: "AES256" };
    new aws.s3.BucketServerSideEncryptionConfiguration(
        ...transform<aws.s3.BucketServerSideEncryptionConfigurationArgs>(
            change?.encryption,
            `${name}-encryption`,
            {
                bucket,
                rules: [
                    { applyServerSideEncryptionByDefault: encryption, bucketKeyEnabled: it.kmsKeyArn !== undefined },
                ],
            },
            opts,
        ),
    );
    const versioning = new aws.s3.BucketVersioning(
        ...transform<aws.s3.BucketVersioningArgs>(
            change?.versioning,
            `${name}-versioning`,
            { bucket, versioningConfiguration: { status: "Enabled" } },
            opts,
        ),
    );
    new aws.s3.BucketLifecycleConfiguration(
        ...transform<aws.s3.BucketLifecycleConfigurationArgs>(
            change?.lifecycle,
            `${name}-lifecycle`,
            // Rules for old versions want versioning first: its output carries the bucket's name.
            { bucket: versioning.bucket, rules: [...(it.lifecycleRules ?? []), cleanUp] },
            opts,
        ),
    );
    if (it.accessLogBucket !== undefined) {
        new aws.s3.BucketLogging(
            ...transform<aws.s3.BucketLoggingArgs>(
                change?.logging,
                `${name}-logging`,
                { bucket, targetBucket: it.accessLogBucket, targetPrefix: `s3/${it.bucketName}/` },
                opts,
            ),
        );
    }
    return { bucket: owner, ownership };
}

/** Gives a private bucket its policy: encrypted connections only, and what `statements` allow beside. */
export function createBucketPolicy(
    name: string,
    bucket: aws.s3.Bucket,
    statements: object[],
    change: Transform<aws.s3.BucketPolicyArgs> | undefined,
    opts: pulumi.CustomResourceOptions,
): aws.s3.BucketPolicy {
    const tlsOnly = {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:*"],
        Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    return new aws.s3.BucketPolicy(
        ...transform<aws.s3.BucketPolicyArgs>(
            change,
            `${name}-policy`,
            { bucket: bucket.bucket, policy: policyDocument([...statements, tlsOnly]) },
            opts,
        ),
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
