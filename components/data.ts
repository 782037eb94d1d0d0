import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { TaskSecret } from "./agentService/task.ts";
import { ArgumentCheck } from "./core/arguments.ts";
import { type Grantee, Grants, type PolicyStatement } from "./core/iam.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "./core/names.ts";
import { existing } from "./core/nodes.ts";
import { createBucketPolicy, createPrivateBucket, type PrivateBucketTransform } from "./core/privateBucket.ts";
import { tagsFor } from "./core/tags.ts";
import { child, type Transform } from "./core/transform.ts";

/** Arguments of {@link StoryData}. */
export interface StoryDataArgs extends NamingArgs {
    /** Whether there is a table of sessions. @default true @example false */
    sessionsTable?: boolean;
    /** Whether there is a table of what stories use, and what that costs. @default false @example true */
    usageTable?: boolean;
    /** Whether there is a bucket of stories, pictures and narration. @default true @example false */
    imagesBucket?: boolean;
    /**
     * The Gemini API's key. Pass a secret.
     *
     * @default none, and no secret for it
     * @example config.requireSecret("googleApiKey")
     */
    googleApiKey?: pulumi.Input<string>;
    /**
     * The text-to-speech API's key. Pass a secret.
     *
     * @default none, and no secret for it
     * @example config.requireSecret("ttsApiKey")
     */
    ttsApiKey?: pulumi.Input<string>;
    /**
     * The key of a web search. Pass a secret. Neither protected nor recoverable: it can be left out again.
     *
     * @default none
     * @example config.requireSecret("searchApiKey")
     */
    searchApiKey?: pulumi.Input<string>;
    /**
     * Origins whose pages may read pictures, for example `https://app.example.com`. Not empty.
     *
     * @default none may
     * @example ["https://app.example.com"]
     */
    corsOrigins?: pulumi.Input<pulumi.Input<string>[]>;
    /** Days after which pictures expire, 1 to 3650. @default 30 @example 90 */
    imageExpirationDays?: number;
    /** Refuse to delete the tables. @default false @example true */
    deletionProtection?: boolean;
    /**
     * Keep tables, bucket and secrets when the stack is destroyed or they leave it; Pulumi refuses instead.
     *
     * @default false
     * @example true
     */
    protect?: boolean;
    /** Delete the bucket with the objects in it. @default false @example true */
    forceDestroy?: boolean;
    /** A customer key for tables, bucket and secrets. @default AWS's own @example key.arn */
    kmsKeyArn?: pulumi.Input<string>;
    /** The bucket that takes the images bucket's access log. @default no access log @example logs.bucketName */
    accessLogBucket?: pulumi.Input<string>;
    /** Days until a deleted secret is gone for good: 0, or 7 to 30. @default 30 @example 7 */
    secretRecoveryDays?: number;
    /**
     * Other names than those that project and environment make.
     *
     * @default none
     * @example { imagesBucket: "shop-pictures" }
     */
    names?: {
        sessionsTable?: string;
        usageTable?: string;
        imagesBucket?: string;
        googleApiKeySecret?: string;
        ttsApiKeySecret?: string;
        searchApiKeySecret?: string;
    };
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        sessionsTable?: Transform<aws.dynamodb.TableArgs>;
        usageTable?: Transform<aws.dynamodb.TableArgs>;
        imagesBucket?: PrivateBucketTransform;
        imagesCors?: Transform<aws.s3.BucketCorsConfigurationArgs>;
        googleApiKeySecret?: Transform<aws.secretsmanager.SecretArgs>;
        ttsApiKeySecret?: Transform<aws.secretsmanager.SecretArgs>;
        searchApiKeySecret?: Transform<aws.secretsmanager.SecretArgs>;
        secretVersion?: Transform<aws.secretsmanager.SecretVersionArgs>;
    };
}

type Args = Named<StoryDataArgs>;

/** The permissions on a table's key that reading and writing the table need. */
const TABLE_KEY_ACTIONS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"];

/**
 * What Story-42 stores: sessions and what they use in DynamoDB, stories and pictures in S3, and the keys of its upstreams; each
 * can be left out.
 */
export class StoryData extends pulumi.ComponentResource {
    /** The resources of the data; undefined are those that are not asked for. */
    readonly nodes: DataNodes;
    /** The key of a web search as a task reads it; undefined when there is none. */
    readonly searchApiKey: TaskSecret | undefined;
    readonly #googleApiKey: TaskSecret | undefined;
    readonly #ttsApiKey: TaskSecret | undefined;
    readonly #kmsKeyArn: pulumi.Input<string> | undefined;
    readonly #grants: Grants;

    constructor(name: string, given: StoryDataArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryData", name, {}, opts);
        this.#kmsKeyArn = args.kmsKeyArn;
        this.#grants = new Grants(this, name);
        const names = { ...physicalNames(args), ...args.names };
        const table =
            (args.sessionsTable ?? true) ? this.#createSessionsTable(name, args, names.sessionsTable) : undefined;
        const usageTable = args.usageTable ? this.#createUsageTable(name, args, names.usageTable) : undefined;
        const bucket =
            (args.imagesBucket ?? true) ? this.#createImagesBucket(name, args, names.imagesBucket) : undefined;
        const google = this.#createSecret(name, args, {
            child: "googleApiKeySecret",
            suffix: "google-api-key",
            secretName: names.googleApiKeySecret,
            description: "Key of the Gemini API",
            value: args.googleApiKey,
        });
        const tts = this.#createSecret(name, args, {
            child: "ttsApiKeySecret",
            suffix: "tts-api-key",
            secretName: names.ttsApiKeySecret,
            description: "Key of the text-to-speech API",
            value: args.ttsApiKey,
        });
        const search = this.#createSecret(
            name,
            { ...args, protect: false, secretRecoveryDays: 0 },
            {
                child: "searchApiKeySecret",
                suffix: "search-api-key",
                secretName: names.searchApiKeySecret,
                description: "Key of a web search",
                value: args.searchApiKey,
            },
        );
        this.nodes = {
            table,
            usageTable,
            imagesBucket: bucket,
            googleApiKeySecret: google?.secret,
            ttsApiKeySecret: tts?.secret,
            searchApiKeySecret: search?.secret,
        };
        this.#googleApiKey = google?.newest;
        this.#ttsApiKey = tts?.newest;
        this.searchApiKey = search?.newest;
        this.registerOutputs({
            tableName: table?.name,
            usageTableName: usageTable?.name,
            imagesBucketName: bucket?.bucket,
            googleApiKeySecretArn: google?.secret.arn,
            ttsApiKeySecretArn: tts?.secret.arn,
        });
    }

    /** The sessions: `user_id` and `session_id`, with indexes by time and by route. Fails where there is no table. */
    get table(): aws.dynamodb.Table {
        return existing(this.nodes.table, "table: `sessionsTable` is false");
    }

    /** The ledger of what is used: `user_id` and `entry`, with an index by day. Fails where there is no such table. */
    get usageTable(): aws.dynamodb.Table {
        return existing(this.nodes.usageTable, "table of what is used: `usageTable` is not set");
    }

    /** The bucket of stories, pictures and narration. Fails where there is none. */
    get imagesBucket(): aws.s3.Bucket {
        return existing(this.nodes.imagesBucket, "bucket: `imagesBucket` is false");
    }

    /** The secret that holds the Gemini API's key. Fails where no key is given. */
    get googleApiKeySecret(): aws.secretsmanager.Secret {
        return existing(this.nodes.googleApiKeySecret, "secret: `googleApiKey` is not given");
    }

    /** The secret that holds the text-to-speech API's key. Fails where no key is given. */
    get ttsApiKeySecret(): aws.secretsmanager.Secret {
        return existing(this.nodes.ttsApiKeySecret, "secret: `ttsApiKey` is not given");
    }

    /** The Gemini API's key as a task reads it: the secret in its newest version. Fails where no key is given. */
    get googleApiKey(): TaskSecret {
        return existing(this.#googleApiKey, "secret: `googleApiKey` is not given");
    }

    /** The text-to-speech API's key as a task reads it: the secret in its newest version. Fails where no key is given. */
    get ttsApiKey(): TaskSecret {
        return existing(this.#ttsApiKey, "secret: `ttsApiKey` is not given");
    }

    /** Lets `grantee` add, read, change and remove sessions, and list those of a user. */
    grantSessions(grantee: Grantee): void {
        this.#grantSessions(
            grantee,
            "sessions",
            ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"],
            [this.table.arn, this.#index("TimestampIndex")],
        );
    }

    /** Lets `grantee` list the sessions of all users by their route. */
    grantSessionsOfAll(grantee: Grantee): void {
        this.#grants.to(grantee, "sessions-of-all", [
            { Effect: "Allow", Action: ["dynamodb:Query"], Resource: this.#index("RouteTimestampIndex") },
        ]);
    }

    /** Lets `grantee` record sessions, and nothing else of them. */
    grantSessionsRecord(grantee: Grantee): void {
        this.#grantSessions(grantee, "sessions-record", ["dynamodb:PutItem"], this.table.arn);
    }

    /** Lets `grantee` add to what is used, and read it by story and by day. */
    grantUsage(grantee: Grantee): void {
        const { arn } = this.usageTable;
        this.#grantTable(
            grantee,
            "usage",
            ["dynamodb:UpdateItem", "dynamodb:Query"],
            [arn, pulumi.interpolate`${arn}/index/DayIndex`],
        );
    }

    /** Lets `grantee` add to what is used, and read the sums of a day. */
    grantUsageRecord(grantee: Grantee): void {
        const { arn } = this.usageTable;
        this.#grants.to(grantee, "usage-record", [
            { Effect: "Allow", Action: ["dynamodb:UpdateItem"], Resource: arn },
            { Effect: "Allow", Action: ["dynamodb:Query"], Resource: pulumi.interpolate`${arn}/index/DayIndex` },
            ...this.#useOfKey(TABLE_KEY_ACTIONS),
        ]);
    }

    /** Lets `grantee` find and remove what a person has used. */
    grantUsageErasure(grantee: Grantee): void {
        this.#grantTable(grantee, "usage-erasure", ["dynamodb:Query", "dynamodb:DeleteItem"], this.usageTable.arn);
    }

    /**
     * Lets `grantee` read, write, remove and list the objects under `prefixes`, for example `users/`. Default: all.
     *
     * For a missing object, S3 answers 404 only to callers that may list with the object's key as prefix, else 403 (S3 API
     * reference, GetObject; ceph/ceph#68577 for the prefix).
     */
    grantImages(grantee: Grantee, ...prefixes: string[]): void {
        const bucket = this.imagesBucket.arn;
        this.#grants.to(
            grantee,
            "images",
            [
                {
                    Effect: "Allow",
                    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                    Resource: (prefixes.length > 0 ? prefixes : [""]).map(
                        (prefix) => pulumi.interpolate`${bucket}/${prefix}*`,
                    ),
                },
                {
                    Effect: "Allow",
                    Action: ["s3:ListBucket"],
                    Resource: bucket,
                    ...(prefixes.length > 0
                        ? { Condition: { StringLike: { "s3:prefix": prefixes.map((prefix) => `${prefix}*`) } } }
                        : {}),
                },
                ...this.#useOfKey(["kms:Decrypt", "kms:GenerateDataKey"]),
            ],
            { parts: prefixes },
        );
    }

    /** Lets `grantee` remove objects in all their versions, so that nothing of them is left. */
    grantImagesErasure(grantee: Grantee): void {
        const bucket = this.imagesBucket.arn;
        this.#grants.to(grantee, "erasure", [
            { Effect: "Allow", Action: ["s3:DeleteObjectVersion"], Resource: pulumi.interpolate`${bucket}/*` },
            { Effect: "Allow", Action: ["s3:ListBucketVersions"], Resource: bucket },
        ]);
    }

    /** Lets `grantee` read the Gemini API's key. */
    grantGoogleApiKey(grantee: Grantee): aws.iam.RolePolicy {
        return this.#grantSecret(grantee, "google-api-key", this.googleApiKeySecret);
    }

    /** Lets `grantee` read the text-to-speech API's key. */
    grantTtsApiKey(grantee: Grantee): aws.iam.RolePolicy {
        return this.#grantSecret(grantee, "tts-api-key", this.ttsApiKeySecret);
    }

    #createSessionsTable(name: string, args: Args, tableName: string): aws.dynamodb.Table {
        // Not `keySchemas`, which replaces these two arguments: the provider would delete and re-create the indexes of a
        // table that was created with them.
        const index = (indexName: string, hashKey: string) => ({
            name: indexName,
            hashKey,
            rangeKey: "timestamp",
            projectionType: "ALL",
        });
        return child(
            this,
            aws.dynamodb.Table,
            `${name}-sessions-table`,
            args.transform?.sessionsTable,
            {
                name: tableName,
                billingMode: "PAY_PER_REQUEST",
                hashKey: "user_id",
                rangeKey: "session_id",
                attributes: [
                    { name: "user_id", type: "S" },
                    { name: "session_id", type: "S" },
                    { name: "timestamp", type: "N" },
                    { name: "route", type: "S" },
                ],
                globalSecondaryIndexes: [index("TimestampIndex", "user_id"), index("RouteTimestampIndex", "route")],
                pointInTimeRecovery: { enabled: true },
                serverSideEncryption: args.kmsKeyArn ? { enabled: true, kmsKeyArn: args.kmsKeyArn } : undefined,
                deletionProtectionEnabled: args.deletionProtection ?? false,
                tags: tagsFor(args, tableName),
            },
            { protect: args.protect },
        );
    }

    #createUsageTable(name: string, args: Args, tableName: string): aws.dynamodb.Table {
        return child(
            this,
            aws.dynamodb.Table,
            `${name}-usage-table`,
            args.transform?.usageTable,
            {
                name: tableName,
                billingMode: "PAY_PER_REQUEST",
                hashKey: "user_id",
                rangeKey: "entry",
                attributes: ["user_id", "entry", "day"].map((attribute) => ({ name: attribute, type: "S" })),
                globalSecondaryIndexes: [
                    { name: "DayIndex", hashKey: "day", rangeKey: "user_id", projectionType: "ALL" },
                ],
                ttl: { attributeName: "expires_at", enabled: true },
                pointInTimeRecovery: { enabled: true },
                serverSideEncryption: args.kmsKeyArn ? { enabled: true, kmsKeyArn: args.kmsKeyArn } : undefined,
                deletionProtectionEnabled: args.deletionProtection ?? false,
                tags: tagsFor(args, tableName),
            },
            { protect: args.protect },
        );
    }

    #createImagesBucket(name: string, args: Args, bucketName: string): aws.s3.Bucket {
        const { bucket } = createPrivateBucket(`${name}-images`, {
            bucketName,
            forceDestroy: args.forceDestroy ?? false,
            tags: tagsFor(args, bucketName),
            lifecycleRules: [
                {
                    id: "expire-images",
                    status: "Enabled",
                    filter: { prefix: "users/" },
                    expiration: { days: args.imageExpirationDays ?? 30 },
                },
            ],
            kmsKeyArn: args.kmsKeyArn,
            accessLogBucket: args.accessLogBucket,
            transform: args.transform?.imagesBucket,
            parent: this,
            protect: args.protect,
        });
        createBucketPolicy(this, `${name}-images`, bucket, [], args.transform?.imagesBucket?.policy);
        if (args.corsOrigins !== undefined) {
            this.#createCors(name, args, bucket, args.corsOrigins);
        }
        return bucket;
    }

    #createCors(
        name: string,
        args: Args,
        bucket: aws.s3.Bucket,
        allowedOrigins: NonNullable<StoryDataArgs["corsOrigins"]>,
    ): void {
        child(this, aws.s3.BucketCorsConfiguration, `${name}-images-cors`, args.transform?.imagesCors, {
            bucket: bucket.bucket,
            corsRules: [
                {
                    allowedMethods: ["GET", "HEAD"],
                    allowedOrigins,
                    allowedHeaders: ["*"],
                    exposeHeaders: ["ETag"],
                    maxAgeSeconds: 3600,
                },
            ],
        });
    }

    /** Creates a secret and its version; nothing if there is no value. */
    #createSecret(
        name: string,
        args: Args,
        kind: SecretKind,
    ): { secret: aws.secretsmanager.Secret; newest: TaskSecret } | undefined {
        if (kind.value === undefined) {
            return undefined;
        }
        const secret = child(
            this,
            aws.secretsmanager.Secret,
            `${name}-${kind.suffix}`,
            args.transform?.[kind.child],
            {
                name: kind.secretName,
                description: kind.description,
                kmsKeyId: args.kmsKeyArn,
                recoveryWindowInDays: args.secretRecoveryDays ?? 30,
                tags: tagsFor(args, kind.secretName),
            },
            { protect: args.protect },
        );
        const version = child(
            this,
            aws.secretsmanager.SecretVersion,
            `${name}-${kind.suffix}-value`,
            args.transform?.secretVersion,
            { secretId: secret.id, secretString: pulumi.secret(kind.value) },
        );
        return { secret, newest: { arn: secret.arn, versionId: version.versionId } };
    }

    #index(name: string): pulumi.Output<string> {
        return pulumi.interpolate`${this.table.arn}/index/${name}`;
    }

    #grantSessions(grantee: Grantee, purpose: string, actions: string[], resource: PolicyStatement["Resource"]): void {
        this.#grantTable(grantee, purpose, actions, resource, "sessions");
    }

    #grantTable(
        grantee: Grantee,
        purpose: string,
        actions: string[],
        resource: PolicyStatement["Resource"],
        earlier?: string,
    ): void {
        this.#grants.to(
            grantee,
            purpose,
            [{ Effect: "Allow", Action: actions, Resource: resource }, ...this.#useOfKey(TABLE_KEY_ACTIONS)],
            { earlier },
        );
    }

    #grantSecret(grantee: Grantee, purpose: string, secret: aws.secretsmanager.Secret): aws.iam.RolePolicy {
        return this.#grants.to(grantee, purpose, [
            { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: secret.arn },
            ...this.#useOfKey(["kms:Decrypt"]),
        ]);
    }

    #useOfKey(actions: string[]): PolicyStatement[] {
        return this.#kmsKeyArn === undefined ? [] : [{ Effect: "Allow", Action: actions, Resource: this.#kmsKeyArn }];
    }
}

/** The arguments that differ between the secrets. */
interface SecretKind {
    child: "googleApiKeySecret" | "ttsApiKeySecret" | "searchApiKeySecret";
    suffix: string;
    secretName: string;
    description: string;
    value: pulumi.Input<string> | undefined;
}

/** The resources of what a program stores; undefined are those that it does not ask for. */
export interface DataNodes {
    /** The table of sessions. */
    table: aws.dynamodb.Table | undefined;
    /** The table of what is used. */
    usageTable: aws.dynamodb.Table | undefined;
    /** The bucket of stories, pictures and narration. */
    imagesBucket: aws.s3.Bucket | undefined;
    /** The secret that holds the Gemini API's key. */
    googleApiKeySecret: aws.secretsmanager.Secret | undefined;
    /** The secret that holds the text-to-speech API's key. */
    ttsApiKeySecret: aws.secretsmanager.Secret | undefined;
    /** The secret that holds the key of a web search. */
    searchApiKeySecret: aws.secretsmanager.Secret | undefined;
}

function checked(name: string, given: StoryDataArgs): Args {
    const args = named(given);
    const check = new ArgumentCheck("StoryData", name, args);
    const names = { ...physicalNames(args), ...args.names };
    check
        .integer("imageExpirationDays", args.imageExpirationDays, { min: 1, max: 3650, unit: "days" })
        .that(
            args.secretRecoveryDays === undefined ||
                args.secretRecoveryDays === 0 ||
                (Number.isInteger(args.secretRecoveryDays) &&
                    args.secretRecoveryDays >= 7 &&
                    args.secretRecoveryDays <= 30),
            `secretRecoveryDays is ${args.secretRecoveryDays}; it must be 0, or a whole number from 7 to 30 days`,
        )
        .matches("googleApiKey", args.googleApiKey, /./, "a key; leave it out where there is none")
        .matches("ttsApiKey", args.ttsApiKey, /./, "a key; leave it out where there is none")
        .matches("searchApiKey", args.searchApiKey, /./, "a key; leave it out where there is none")
        .that(
            !Array.isArray(args.corsOrigins) || args.corsOrigins.length > 0,
            "corsOrigins is empty; it must name at least one origin such as https://app.example.com",
        )
        .add(nameProblems("table", "names.sessionsTable", names.sessionsTable))
        .add(nameProblems("table", "names.usageTable", names.usageTable))
        .add(nameProblems("bucket", "names.imagesBucket", names.imagesBucket))
        .add(nameProblems("secret", "names.googleApiKeySecret", names.googleApiKeySecret))
        .add(nameProblems("secret", "names.ttsApiKeySecret", names.ttsApiKeySecret))
        .add(nameProblems("secret", "names.searchApiKeySecret", names.searchApiKeySecret))
        .that(
            !(args.forceDestroy && args.protect),
            "forceDestroy and protect are both true; a bucket is either emptied or kept: give one of them",
        )
        .done();
    return args;
}
