import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./core/arguments.ts";
import { policyDocument } from "./core/iam.ts";
import { type NamingArgs, named, nameProblems } from "./core/names.ts";
import { tagsFor } from "./core/tags.ts";
import { child, type Transform } from "./core/transform.ts";

/** Arguments of {@link StoryEncryptionKey}. */
export interface StoryEncryptionKeyArgs extends NamingArgs {
    /**
     * The account that administers the key: twelve digits.
     *
     * @default that of the provider in use
     * @example "123456789012"
     */
    accountId?: pulumi.Input<string>;
    /**
     * The region of the log groups that may use the key, for example `us-east-1`.
     *
     * @default that of the provider in use
     * @example "eu-west-1"
     */
    region?: pulumi.Input<string>;
    /** Days until a deleted key is gone for good, 7 to 30. @default 30 @example 7 */
    deletionWindowDays?: number;
    /** Pulumi refuses to delete the key, without which what it encrypted can't be read. @default false @example true */
    protect?: boolean;
    /** The name of the key's alias, without `alias/`. @default `P-E` @example "shop/data" */
    aliasName?: string;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: { key?: Transform<aws.kms.KeyArgs>; alias?: Transform<aws.kms.AliasArgs> };
}

/**
 * A customer-managed key for the data and the logs of one environment, rotated every year. About 1 USD a month.
 *
 * Within the account, IAM policies decide who uses it; CloudWatch Logs, CloudWatch alarms, AWS Budgets and SNS may use
 * it for resources of this account only.
 */
export class StoryEncryptionKey extends pulumi.ComponentResource {
    /** The key. */
    readonly key: aws.kms.Key;
    /** The key's ARN. */
    readonly arn: pulumi.Output<string>;

    /** The resources of the key. */
    readonly nodes: EncryptionKeyNodes;

    constructor(name: string, given: StoryEncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = named(given);
        new ArgumentCheck("StoryEncryptionKey", name, args)
            .integer("deletionWindowDays", args.deletionWindowDays, { min: 7, max: 30, unit: "days" })
            .add(nameProblems("keyAlias", "aliasName", args.aliasName))
            .done();
        super("story42:index:StoryEncryptionKey", name, {}, opts);
        const {
            project,
            environment,
            accountId = aws.getCallerIdentityOutput({}, { parent: this }).accountId,
            region = aws.getRegionOutput({}, { parent: this }).region,
        } = args;
        this.key = child(
            this,
            aws.kms.Key,
            `${name}-key`,
            args.transform?.key,
            {
                description: `Data and logs of ${project} ${environment}`,
                enableKeyRotation: true,
                deletionWindowInDays: args.deletionWindowDays ?? 30,
                policy: keyPolicy(accountId, region),
                tags: tagsFor(args, `${project}-${environment}`),
            },
            { protect: args.protect },
        );
        const alias = child(this, aws.kms.Alias, `${name}-alias`, args.transform?.alias, {
            name: `alias/${args.aliasName ?? `${project}-${environment}`}`,
            targetKeyId: this.key.keyId,
        });
        this.nodes = { key: this.key, alias };
        this.arn = this.key.arn;
        this.registerOutputs({ arn: this.arn });
    }
}

/** The resources of a key. */
export interface EncryptionKeyNodes {
    /** The key. */
    key: aws.kms.Key;
    /** Its name. */
    alias: aws.kms.Alias;
}

function keyPolicy(accountId: pulumi.Input<string>, region: pulumi.Input<string>): pulumi.Output<string> {
    // The actions that CloudWatch Logs needs (its user guide, "Encrypt log data using AWS KMS").
    const use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"];
    // In a key's own policy "*" means this key.
    const thisKey = "*";
    return policyDocument([
        {
            Sid: "AccountDecidesByIam",
            Effect: "Allow",
            Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
            Action: ["kms:*"],
            Resource: thisKey,
        },
        {
            Sid: "LogGroupsOfThisAccount",
            Effect: "Allow",
            Principal: { Service: pulumi.interpolate`logs.${region}.amazonaws.com` },
            Action: use,
            Resource: thisKey,
            Condition: {
                ArnLike: {
                    "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:aws:logs:${region}:${accountId}:log-group:*`,
                },
            },
        },
        {
            Sid: "AlarmsAndBudgetsOfThisAccount",
            Effect: "Allow",
            Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: thisKey,
            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
    ]);
}
