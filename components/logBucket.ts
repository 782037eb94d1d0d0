import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./arguments.ts";
import { policyDocument } from "./iam.ts";
import { type Naming, nameProblems } from "./names.ts";
import { tagsFor } from "./tags.ts";
import { type Transform, transform } from "./transform.ts";

/** Arguments of {@link StoryLogBucket}. */
export interface StoryLogBucketArgs extends Naming {
    /** The account whose resources may write logs here: twelve digits. */
    accountId: pulumi.Input<string>;
    /** The bucket's name. Default: `P-access-logs-E`. */
    bucketName?: string;
    /** Days that a log is kept, 1 to 3650. Default: 365. */
    retentionDays?: number;
    /** Delete the bucket with what is in it. Default: false. */
    forceDestroy?: boolean;
    /** Tags of everything that can carry them, over the component's own. */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        bucket?: Transform<aws.s3.BucketArgs>;
        ownership?: Transform<aws.s3.BucketOwnershipControlsArgs>;
        encryption?: Transform<aws.s3.BucketServerSideEncryptionConfigurationArgs>;
        versioning?: Transform<aws.s3.BucketVersioningArgs>;
        lifecycle?: Transform<aws.s3.BucketLifecycleConfigurationArgs>;
        publicAccessBlock?: Transform<aws.s3.BucketPublicAccessBlockArgs>;
        policy?: Transform<aws.s3.BucketPolicyArgs>;
    };
}

/**
 * The bucket that the access logs of buckets, load balancer and CloudFront go to. Encrypted by S3's own key: load
 * balancers write to no other.
 */
export class StoryLogBucket extends pulumi.ComponentResource {
    readonly bucket: aws.s3.Bucket;
    /** The bucket's name, known only once its policy lets the services write. */
    readonly bucketName: pulumi.Output<string>;
    /** The bucket's regional domain name, as CloudFront wants it, known only once its policy lets the services write. */
    readonly bucketDomainName: pulumi.Output<string>;

    constructor(name: string, args: StoryLogBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("story42:index:StoryLogBucket", name, {}, opts);
        const bucketName = args.bucketName ?? `${args.project}-access-logs-${args.environment}`;
        new ArgumentCheck("StoryLogBucket", name)
            .add(nameProblems("bucket", "bucketName", bucketName))
            .integer("retentionDays", args.retentionDays, { min: 1, max: 3650, unit: "days" })
            .done();
        const change = args.transform;
        const child: pulumi.CustomResourceOptions = { parent: this };

        this.bucket = new aws.s3.Bucket(
            ...transform<aws.s3.BucketArgs>(
                change?.bucket,
                `${name}-bucket`,
                {
                    bucket: bucketName,
                    forceDestroy: args.forceDestroy ?? false,
                    tags: tagsFor(args, bucketName, args.tags),
                },
                child,
            ),
        );
        const bucket = this.bucket.bucket;
        const ownership = new aws.s3.BucketOwnershipControls(
            // CloudFront's standard logs are written with an access control list.
            ...transform<aws.s3.BucketOwnershipControlsArgs>(
                change?.ownership,
                `${name}-ownership`,
                { bucket, rule: { objectOwnership: "BucketOwnerPreferred" } },
                child,
            ),
        );
        new aws.s3.BucketServerSideEncryptionConfiguration(
            ...transform<aws.s3.BucketServerSideEncryptionConfigurationArgs>(
                change?.encryption,
                `${name}-encryption`,
                { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
                child,
            ),
        );
        const versioning = new aws.s3.BucketVersioning(
            ...transform<aws.s3.BucketVersioningArgs>(
                change?.versioning,
                `${name}-versioning`,
                { bucket, versioningConfiguration: { status: "Enabled" } },
                child,
            ),
        );
        new aws.s3.BucketLifecycleConfiguration(
            ...transform<aws.s3.BucketLifecycleConfigurationArgs>(
                change?.lifecycle,
                `${name}-lifecycle`,
                { bucket: versioning.bucket, rules: [expiry(args.retentionDays ?? 365)] },
                child,
            ),
        );
        const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
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
                child,
            ),
        );
        const policy = new aws.s3.BucketPolicy(
            ...transform<aws.s3.BucketPolicyArgs>(
                change?.policy,
                `${name}-policy`,
                // S3 refuses two changes of a bucket's access settings at the same moment: one after the other.
                { bucket: publicAccessBlock.bucket, policy: logPolicy(this.bucket.arn, args.accountId) },
                child,
            ),
        );
        this.bucketName = pulumi.all([policy.bucket, ownership.bucket]).apply(([written]) => written);
        this.bucketDomainName = pulumi
            .all([this.bucket.bucketDomainName, policy.bucket, ownership.bucket])
            .apply(([domain]) => domain);
        this.registerOutputs({ bucketName: this.bucketName });
    }
}

function expiry(days: number): aws.types.input.s3.BucketLifecycleConfigurationRule {
    return {
        id: "expire",
        status: "Enabled",
        filter: { prefix: "" },
        expiration: { days },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    };
}

function logPolicy(arn: pulumi.Output<string>, accountId: pulumi.Input<string>): pulumi.Output<string> {
    return policyDocument([
        {
            Sid: "AccessLogsOfThisAccount",
            Effect: "Allow",
            Principal: { Service: ["logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"] },
            Action: ["s3:PutObject"],
            Resource: pulumi.interpolate`${arn}/*`,
            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
        {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: ["s3:*"],
            Resource: [arn, pulumi.interpolate`${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
    ]);
}
