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

/** The arguments of a private bucket. */
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

/** Days for which a replaced or removed object can be restored. */
const KEEP_OLD_VERSIONS_DAYS = 7;

/**
 * Creates a bucket that only its account can access: no public access, encrypted, versioned, with incomplete uploads and
 * old versions removed. {@link createBucketPolicy} completes it.
 */
export function createPrivateBucket(
    name: string,
    spec: PrivateBucket,
): { bucket: aws.s3.Bucket; ownership: aws.s3.BucketOwnershipControls } {
    const { parent, transform: change, protect, retainOnDelete } = spec;
    const owner = child(
        parent,
        aws.s3.Bucket,
        `${name}-bucket`,
        change?.bucket,
        { bucket: spec.bucketName, forceDestroy: spec.forceDestroy, tags: spec.tags },
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
            rule: { objectOwnership: spec.objectOwnership ?? "BucketOwnerEnforced" },
        },
        opts,
    );
    const encryption = spec.kmsKeyArn
        ? { sseAlgorithm: "aws:kms", kmsMasterKeyId: spec.kmsKeyArn }
        : { sseAlgorithm: "AES256" };
    child(
        parent,
        aws.s3.BucketServerSideEncryptionConfiguration,
        `${name}-encryption`,
        change?.encryption,
        {
            bucket,
            rules: [{ applyServerSideEncryptionByDefault: encryption, bucketKeyEnabled: spec.kmsKeyArn !== undefined }],
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
        // Rules for old versions need versioning first: the dependency is the bucket's name as its output.
        { bucket: versioning.bucket, rules: [...(spec.lifecycleRules ?? []), cleanUp] },
        opts,
    );
    if (spec.accessLogBucket !== undefined) {
        child(
            parent,
            aws.s3.BucketLogging,
            `${name}-logging`,
            change?.logging,
            {
                bucket,
                targetBucket: spec.accessLogBucket,
                targetPrefix: `s3/${spec.bucketName}/`,
            },
            opts,
        );
    }
    return { bucket: owner, ownership };
}

/** Creates the policy of a private bucket: encrypted connections only, and the given `statements`. */
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
