import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./core/arguments.ts";
import { type NamingArgs, named, nameProblems, physicalNames } from "./core/names.ts";
import { createBucketPolicy, createPrivateBucket, type PrivateBucketTransform } from "./core/privateBucket.ts";
import { tagsFor } from "./core/tags.ts";

/** Arguments of {@link StoryLogBucket}. */
export interface StoryLogBucketArgs extends NamingArgs {
    /**
     * The account whose resources may write logs here: twelve digits.
     *
     * @default that of the provider in use
     * @example "123456789012"
     */
    accountId?: pulumi.Input<string>;
    /** The bucket's name. @default `P-access-logs-E` @example "shop-logs" */
    bucketName?: string;
    /** Days that a log is kept, 1 to 3650. @default 365 @example 90 */
    retentionDays?: number;
    /** Delete the bucket with what is in it. @default false @example true */
    forceDestroy?: boolean;
    /**
     * Leave the bucket in the account when it leaves the stack, or the stack is destroyed.
     *
     * @default false
     * @example true
     */
    retainOnDelete?: boolean;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /**
     * Changes to the bucket's parts for what no argument covers.
     *
     * @default none
     * @example { versioning: { versioningConfiguration: { status: "Suspended" } } }
     */
    transform?: PrivateBucketTransform;
}

/**
 * The bucket that the access logs of buckets, load balancer and CloudFront go to. Encrypted by S3's own key: load
 * balancers write to no other.
 */
export class StoryLogBucket extends pulumi.ComponentResource {
    /** The bucket; refer to it by `bucketName`, so that nothing writes before the policy allows it. */
    readonly bucket: aws.s3.Bucket;
    /** The bucket's name, known only once its policy and its ownership let the services write. */
    readonly bucketName: pulumi.Output<string>;
    /** The bucket's regional domain name, as CloudFront wants it, known only once its policy and its ownership let the services write. */
    readonly bucketDomainName: pulumi.Output<string>;

    /** The resources of the bucket. */
    readonly nodes: LogBucketNodes;

    constructor(name: string, given: StoryLogBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = named(given);
        const check = new ArgumentCheck("StoryLogBucket", name, args);
        const bucketName = args.bucketName ?? physicalNames(args).logBucket;
        check
            .add(nameProblems("bucket", "bucketName", bucketName))
            .integer("retentionDays", args.retentionDays, { min: 1, max: 3650, unit: "days" })
            .done();
        super("story42:index:StoryLogBucket", name, {}, opts);
        // A retained bucket keeps its policy and settings: `retainOnDelete` is for all parts.
        const { retainOnDelete, accountId = aws.getCallerIdentityOutput({}, { parent: this }).accountId } = args;
        const { bucket, ownership } = createPrivateBucket(name, {
            bucketName,
            forceDestroy: args.forceDestroy ?? false,
            // CloudFront's standard logs are written with an access control list.
            objectOwnership: "BucketOwnerPreferred",
            tags: tagsFor(args, bucketName),
            lifecycleRules: [
                {
                    id: "expire-logs",
                    status: "Enabled",
                    filter: { prefix: "" },
                    expiration: { days: args.retentionDays ?? 365 },
                },
            ],
            transform: args.transform,
            parent: this,
            retainOnDelete,
        });
        this.bucket = bucket;
        const policy = createBucketPolicy(
            this,
            name,
            this.bucket,
            deliverLogs(this.bucket.arn, accountId),
            args.transform?.policy,
            { retainOnDelete },
        );
        this.nodes = { bucket, policy };
        const ready = pulumi.all([policy.id, ownership.id]);
        this.bucketName = pulumi.all([this.bucket.bucket, ready]).apply(([bucket]) => bucket);
        this.bucketDomainName = pulumi.all([this.bucket.bucketDomainName, ready]).apply(([domain]) => domain);
        this.registerOutputs({ bucketName: this.bucketName });
    }
}

/** The resources of a bucket for logs. */
export interface LogBucketNodes {
    /** The bucket. */
    bucket: aws.s3.Bucket;
    /** Who may write to it. */
    policy: aws.s3.BucketPolicy;
}

/** The prefix under which load balancers write. */
export const BALANCER_LOGS = "alb";

function deliverLogs(arn: pulumi.Output<string>, accountId: pulumi.Input<string>): object[] {
    return [
        {
            Sid: "AccessLogsOfThisAccountsBuckets",
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: ["s3:PutObject"],
            Resource: pulumi.interpolate`${arn}/*`,
            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
        {
            // As in ELB's user guide ("Enable access logs"): the path has the account. A condition on `aws:SourceAccount`
            // can fail the test write that comes first.
            Sid: "AccessLogsOfThisAccountsBalancers",
            Effect: "Allow",
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
            Action: ["s3:PutObject"],
            Resource: pulumi.interpolate`${arn}/${BALANCER_LOGS}/AWSLogs/${accountId}/*`,
        },
    ];
}
