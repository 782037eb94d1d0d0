import * as lambda from "@aws-sdk/client-lambda";
import * as sqs from "@aws-sdk/client-sqs";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { fromAws, removedTags, required, toAws } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(lambda.LambdaClient);
const queues = (cloud: Clients) => cloud.of(sqs.SQSClient);

/** The settings of a function that create and update share. */
function functionSettings(inputs: Properties) {
    return {
        FunctionName: inputs.name,
        Description: inputs.description,
        Role: inputs.role,
        MemorySize: inputs.memorySize,
        Timeout: inputs.timeout,
        Environment: { Variables: inputs.environment?.variables ?? {} },
        DeadLetterConfig: inputs.deadLetterConfig && toAws(inputs.deadLetterConfig),
        TracingConfig: inputs.tracingConfig && toAws(inputs.tracingConfig),
        LoggingConfig: inputs.loggingConfig && toAws(inputs.loggingConfig),
    };
}

async function settled(name: string, cloud: Clients): Promise<void> {
    await lambda.waitUntilFunctionUpdatedV2({ client: client(cloud), maxWaitTime: 60 }, { FunctionName: name });
}

async function setConcurrency(inputs: Properties, cloud: Clients): Promise<void> {
    const FunctionName = inputs.name;
    const reserved = inputs.reservedConcurrentExecutions;
    if (reserved === undefined || reserved === -1) {
        await ifThere(client(cloud).send(new lambda.DeleteFunctionConcurrencyCommand({ FunctionName })));
    } else {
        await client(cloud).send(
            new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }),
        );
    }
}

const functionType: ResourceType = {
    replaceOn: ["name", "packageType"],
    deleteFirst: true,
    computed: [
        "arn",
        "invokeArn",
        "qualifiedArn",
        "qualifiedInvokeArn",
        "responseStreamingInvokeArn",
        "version",
        "lastModified",
        "sourceCodeSize",
        "codeSha256",
        "signingJobArn",
        "signingProfileVersionArn",
    ],
    changesWith: ["version", "qualifiedArn", "qualifiedInvokeArn", "lastModified"],
    writeOnly: ["publish"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new lambda.CreateFunctionCommand({
                ...functionSettings(inputs),
                PackageType: inputs.packageType,
                Code: { ImageUri: inputs.imageUri },
                Architectures: inputs.architectures,
                Publish: inputs.publish,
                Tags: inputs.tags,
            }),
        );
        await settled(inputs.name, cloud);
        if (inputs.reservedConcurrentExecutions !== undefined) {
            await setConcurrency(inputs, cloud);
        }
        return inputs.name;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new lambda.GetFunctionCommand({ FunctionName: id })));
        const it = found?.Configuration;
        if (!it?.FunctionArn) {
            return undefined;
        }
        const { Versions } = await client(cloud).send(new lambda.ListVersionsByFunctionCommand({ FunctionName: id }));
        const numbers = (Versions ?? []).map((one) => Number(one.Version)).filter(Number.isFinite);
        const version = numbers.length > 0 ? String(Math.max(...numbers)) : "$LATEST";
        const invoke = (arn: string, api = "2015-03-31", call = "invocations") =>
            `arn:aws:apigateway:${cloud.region}:lambda:path/${api}/functions/${arn}/${call}`;
        return {
            arn: it.FunctionArn,
            name: it.FunctionName,
            description: it.Description,
            role: it.Role,
            packageType: it.PackageType,
            imageUri: found?.Code?.ImageUri,
            architectures: it.Architectures,
            memorySize: it.MemorySize,
            timeout: it.Timeout,
            environment: { variables: it.Environment?.Variables ?? {} },
            deadLetterConfig: fromAws(it.DeadLetterConfig),
            tracingConfig: fromAws(it.TracingConfig),
            loggingConfig: fromAws(it.LoggingConfig),
            reservedConcurrentExecutions: found?.Concurrency?.ReservedConcurrentExecutions,
            version,
            qualifiedArn: `${it.FunctionArn}:${version}`,
            invokeArn: invoke(it.FunctionArn),
            qualifiedInvokeArn: invoke(`${it.FunctionArn}:${version}`),
            responseStreamingInvokeArn: invoke(it.FunctionArn, "2021-11-15", "response-streaming-invocations"),
            lastModified: it.LastModified,
            codeSha256: it.CodeSha256,
            tags: found?.Tags ?? {},
        };
    },
    async update(id, inputs, cloud, old) {
        await client(cloud).send(new lambda.UpdateFunctionConfigurationCommand(functionSettings(inputs)));
        await settled(id, cloud);
        if (inputs.imageUri !== old.imageUri) {
            await client(cloud).send(
                new lambda.UpdateFunctionCodeCommand({
                    FunctionName: id,
                    ImageUri: inputs.imageUri,
                    Architectures: inputs.architectures,
                }),
            );
            await settled(id, cloud);
        }
        if (inputs.publish) {
            await client(cloud).send(new lambda.PublishVersionCommand({ FunctionName: id }));
        }
        if (inputs.reservedConcurrentExecutions !== old.reservedConcurrentExecutions) {
            await setConcurrency(inputs, cloud);
        }
        const gone = removedTags(old.tags, inputs.tags);
        if (gone.length > 0) {
            await client(cloud).send(new lambda.UntagResourceCommand({ Resource: old.arn, TagKeys: gone }));
        }
        await client(cloud).send(new lambda.TagResourceCommand({ Resource: old.arn, Tags: inputs.tags ?? {} }));
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new lambda.DeleteFunctionCommand({ FunctionName: id })));
    },
};

const alias: ResourceType = {
    idOf: ({ arn }) => arn,
    replaceOn: ["name", "functionName"],
    computed: ["arn", "invokeArn"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new lambda.CreateAliasCommand({
                Name: inputs.name,
                FunctionName: inputs.functionName,
                FunctionVersion: inputs.functionVersion,
                Description: inputs.description,
            }),
        );
        return required(made.AliasArn, "alias ARN");
    },
    async read(id, cloud, known) {
        const [FunctionName = "", Name = ""] = id.startsWith("arn:")
            ? [id.split(":")[6], id.split(":")[7]]
            : id.split("/");
        const it = await ifThere(
            client(cloud).send(
                new lambda.GetAliasCommand({
                    FunctionName: known.functionName ?? FunctionName,
                    Name: known.name ?? Name,
                }),
            ),
        );
        return (
            it && {
                arn: it.AliasArn,
                name: it.Name,
                functionName: known.functionName ?? FunctionName,
                functionVersion: it.FunctionVersion,
                description: it.Description,
                invokeArn: `arn:aws:apigateway:${cloud.region}:lambda:path/2015-03-31/functions/${it.AliasArn}/invocations`,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await client(cloud).send(
            new lambda.UpdateAliasCommand({
                Name: inputs.name,
                FunctionName: inputs.functionName,
                FunctionVersion: inputs.functionVersion,
                Description: inputs.description,
            }),
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(new lambda.DeleteAliasCommand({ Name: state.name, FunctionName: state.functionName })),
        );
    },
};

const permission: ResourceType = {
    deleteFirst: false,
    computed: ["statementId"],
    async create(inputs, cloud) {
        const StatementId = inputs.statementId ?? `pulumi-${crypto.randomUUID()}`;
        await client(cloud).send(
            new lambda.AddPermissionCommand({
                StatementId,
                FunctionName: inputs.function,
                Qualifier: inputs.qualifier,
                Action: inputs.action,
                Principal: inputs.principal,
                SourceArn: inputs.sourceArn,
                SourceAccount: inputs.sourceAccount,
            }),
        );
        return StatementId;
    },
    async read(id, cloud, known) {
        // An import names function (with its qualifier) and statement, as the official provider has it.
        const [target = "", statementId = ""] = id.includes("/") ? id.split("/") : [known.function, id];
        const [FunctionName, Qualifier] = target.startsWith("arn:")
            ? [target, known.qualifier]
            : [target.split(":")[0], known.qualifier ?? target.split(":")[1]];
        const found = await ifThere(client(cloud).send(new lambda.GetPolicyCommand({ FunctionName, Qualifier })));
        const statements: Properties[] = found?.Policy ? JSON.parse(found.Policy).Statement : [];
        const it = statements.find((statement) => statement.Sid === statementId);
        return (
            it && {
                statementId,
                function: known.function ?? FunctionName,
                qualifier: Qualifier,
                action: it.Action,
                principal: it.Principal?.Service ?? it.Principal,
                sourceArn: it.Condition?.ArnLike?.["AWS:SourceArn"],
            }
        );
    },
    async delete(id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new lambda.RemovePermissionCommand({
                    FunctionName: state.function,
                    Qualifier: state.qualifier,
                    StatementId: state.statementId ?? id,
                }),
            ),
        );
    },
};

async function putEventInvoke(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new lambda.PutFunctionEventInvokeConfigCommand({
            FunctionName: inputs.functionName,
            Qualifier: inputs.qualifier,
            MaximumRetryAttempts: inputs.maximumRetryAttempts,
            MaximumEventAgeInSeconds: inputs.maximumEventAgeInSeconds,
        }),
    );
    return `${inputs.functionName}:${inputs.qualifier}`;
}

const eventInvokeConfig: ResourceType = {
    replaceOn: ["functionName", "qualifier"],
    create: putEventInvoke,
    async read(id, cloud) {
        const [FunctionName = "", Qualifier] = id.split(":");
        const it = await ifThere(
            client(cloud).send(new lambda.GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier })),
        );
        return (
            it && {
                functionName: FunctionName,
                qualifier: Qualifier,
                maximumRetryAttempts: it.MaximumRetryAttempts,
                maximumEventAgeInSeconds: it.MaximumEventAgeInSeconds,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await putEventInvoke(inputs, cloud);
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new lambda.DeleteFunctionEventInvokeConfigCommand({
                    FunctionName: state.functionName,
                    Qualifier: state.qualifier,
                }),
            ),
        );
    },
};

/** Inputs of a queue and the attributes that they are in the API. */
const queueAttributes = {
    messageRetentionSeconds: "MessageRetentionPeriod",
    sqsManagedSseEnabled: "SqsManagedSseEnabled",
    kmsMasterKeyId: "KmsMasterKeyId",
    visibilityTimeoutSeconds: "VisibilityTimeout",
} as const;

const attributesOf = (inputs: Properties) =>
    Object.fromEntries(
        Object.entries(queueAttributes)
            .filter(([name]) => inputs[name] !== undefined)
            .map(([name, attribute]) => [attribute, String(inputs[name])]),
    );

const queue: ResourceType = {
    replaceOn: ["name", "namePrefix", "fifoQueue"],
    deleteFirst: true,
    computed: ["arn", "url"],
    async create(inputs, cloud) {
        const { QueueUrl } = await queues(cloud).send(
            new sqs.CreateQueueCommand({ QueueName: inputs.name, Attributes: attributesOf(inputs), tags: inputs.tags }),
        );
        return required(QueueUrl, "queue URL");
    },
    async read(id, cloud) {
        const found = await ifThere(
            queues(cloud).send(new sqs.GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ["All"] })),
        );
        const it = found?.Attributes;
        if (!it) {
            return undefined;
        }
        const { Tags } = await queues(cloud).send(new sqs.ListQueueTagsCommand({ QueueUrl: id }));
        const settings = Object.entries(queueAttributes)
            .filter(([, attribute]) => it[attribute as sqs.QueueAttributeName] !== undefined)
            .map(([name, attribute]) => [name, plain(it[attribute as sqs.QueueAttributeName])]);
        return {
            arn: it.QueueArn,
            url: id,
            name: id.slice(id.lastIndexOf("/") + 1),
            ...Object.fromEntries(settings),
            tags: Tags ?? {},
        };
    },
    async update(id, inputs, cloud) {
        await queues(cloud).send(new sqs.SetQueueAttributesCommand({ QueueUrl: id, Attributes: attributesOf(inputs) }));
        await queues(cloud).send(new sqs.TagQueueCommand({ QueueUrl: id, Tags: inputs.tags ?? {} }));
    },
    async delete(id, cloud) {
        await ifThere(queues(cloud).send(new sqs.DeleteQueueCommand({ QueueUrl: id })));
    },
};

/** An attribute's text as the value that it stands for. */
function plain(text: string | undefined): unknown {
    return text === undefined || text === "" || Number.isNaN(Number(text))
        ? text === "true"
            ? true
            : text === "false"
              ? false
              : text
        : Number(text);
}

export const lambdaTypes: Record<string, ResourceType> = {
    "aws:lambda/function:Function": functionType,
    "aws:lambda/alias:Alias": alias,
    "aws:lambda/permission:Permission": permission,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": eventInvokeConfig,
    "aws:sqs/queue:Queue": queue,
};
