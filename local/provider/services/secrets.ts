import * as kms from "@aws-sdk/client-kms";
import * as secrets from "@aws-sdk/client-secrets-manager";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { only, required, tagList, tagMap } from "../shapes.ts";

const manager = (cloud: Clients) => cloud.of(secrets.SecretsManagerClient);
const keys = (cloud: Clients) => cloud.of(kms.KMSClient);

const secret: ResourceType = {
    replaceOn: ["name", "namePrefix"],
    deleteFirst: true,
    computed: ["arn"],
    writeOnly: ["recoveryWindowInDays", "forceOverwriteReplicaSecret"],
    async create(inputs, cloud) {
        const { ARN } = await manager(cloud).send(
            new secrets.CreateSecretCommand({
                Name: inputs.name,
                Description: inputs.description,
                KmsKeyId: inputs.kmsKeyId,
                Tags: tagList(inputs.tags),
            }),
        );
        return required(ARN, "secret ARN");
    },
    async read(id, cloud) {
        const it = await ifThere(manager(cloud).send(new secrets.DescribeSecretCommand({ SecretId: id })));
        return it && !it.DeletedDate
            ? {
                  arn: it.ARN,
                  name: it.Name,
                  description: it.Description,
                  kmsKeyId: it.KmsKeyId,
                  tags: tagMap(it.Tags),
              }
            : undefined;
    },
    async update(id, inputs, cloud) {
        await manager(cloud).send(
            new secrets.UpdateSecretCommand({
                SecretId: id,
                Description: inputs.description,
                KmsKeyId: inputs.kmsKeyId,
            }),
        );
        await manager(cloud).send(new secrets.TagResourceCommand({ SecretId: id, Tags: tagList(inputs.tags) }));
    },
    async delete(id, cloud, state) {
        const days = state.recoveryWindowInDays ?? 30;
        await ifThere(
            manager(cloud).send(
                new secrets.DeleteSecretCommand({
                    SecretId: id,
                    ...(days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days }),
                }),
            ),
        );
    },
};

const secretVersion: ResourceType = {
    replaceOn: ["secretId"],
    computed: ["arn", "versionId", "versionStages", "hasSecretStringWo"],
    secrets: ["secretString"],
    changesWith: ["versionId"],
    async create(inputs, cloud) {
        const { VersionId } = await manager(cloud).send(
            new secrets.PutSecretValueCommand({ SecretId: inputs.secretId, SecretString: inputs.secretString }),
        );
        return `${inputs.secretId}|${VersionId}`;
    },
    async read(id, cloud) {
        const [SecretId = ""] = id.split("|");
        // The version that is current counts: an update puts a new one under the same resource.
        const it = await ifThere(manager(cloud).send(new secrets.GetSecretValueCommand({ SecretId })));
        return (
            it && {
                arn: it.ARN,
                secretId: SecretId,
                secretString: it.SecretString,
                versionId: it.VersionId,
                versionStages: it.VersionStages,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await manager(cloud).send(
            new secrets.PutSecretValueCommand({ SecretId: inputs.secretId, SecretString: inputs.secretString }),
        );
    },
    // The value goes with its secret; AWS can't remove a current version alone.
    async delete() {},
};

const key: ResourceType = {
    computed: ["arn", "keyId"],
    writeOnly: ["deletionWindowInDays"],
    async create(inputs, cloud) {
        const { KeyMetadata } = await keys(cloud).send(
            new kms.CreateKeyCommand({
                Description: inputs.description,
                Policy: inputs.policy,
                Tags: Object.entries(inputs.tags ?? {}).map(([TagKey, TagValue]) => ({
                    TagKey,
                    TagValue: String(TagValue),
                })),
            }),
        );
        const KeyId = required(KeyMetadata?.KeyId, "key id");
        if (inputs.enableKeyRotation) {
            await keys(cloud).send(new kms.EnableKeyRotationCommand({ KeyId }));
        }
        return KeyId;
    },
    async read(id, cloud) {
        const found = await ifThere(keys(cloud).send(new kms.DescribeKeyCommand({ KeyId: id })));
        const it = found?.KeyMetadata;
        if (!it || it.KeyState === "PendingDeletion") {
            return undefined;
        }
        const rotation = await keys(cloud).send(new kms.GetKeyRotationStatusCommand({ KeyId: id }));
        const policy = await keys(cloud).send(new kms.GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" }));
        return {
            arn: it.Arn,
            keyId: it.KeyId,
            description: it.Description,
            enableKeyRotation: rotation.KeyRotationEnabled,
            policy: policy.Policy,
        };
    },
    async update(id, inputs, cloud) {
        await keys(cloud).send(
            new kms.UpdateKeyDescriptionCommand({ KeyId: id, Description: inputs.description ?? "" }),
        );
        await keys(cloud).send(
            new kms.PutKeyPolicyCommand({ KeyId: id, PolicyName: "default", Policy: inputs.policy }),
        );
        const rotate = inputs.enableKeyRotation ? kms.EnableKeyRotationCommand : kms.DisableKeyRotationCommand;
        await keys(cloud).send(new rotate({ KeyId: id }));
    },
    async delete(id, cloud, state) {
        await ifThere(
            keys(cloud).send(
                new kms.ScheduleKeyDeletionCommand({
                    KeyId: id,
                    PendingWindowInDays: state.deletionWindowInDays ?? 30,
                }),
            ),
        );
    },
};

const alias: ResourceType = {
    replaceOn: ["name"],
    computed: ["arn", "targetKeyArn"],
    async create(inputs, cloud) {
        await keys(cloud).send(new kms.CreateAliasCommand({ AliasName: inputs.name, TargetKeyId: inputs.targetKeyId }));
        return inputs.name;
    },
    async read(id, cloud) {
        const { Aliases } = await keys(cloud).send(new kms.ListAliasesCommand({}));
        const it = only(Aliases?.filter((one) => one.AliasName === id));
        return it && { arn: it.AliasArn, name: it.AliasName, targetKeyId: it.TargetKeyId };
    },
    async update(id, inputs, cloud) {
        await keys(cloud).send(new kms.UpdateAliasCommand({ AliasName: id, TargetKeyId: inputs.targetKeyId }));
    },
    async delete(id, cloud) {
        await ifThere(keys(cloud).send(new kms.DeleteAliasCommand({ AliasName: id })));
    },
};

export const secretTypes: Record<string, ResourceType> = {
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
    "aws:kms/key:Key": key,
    "aws:kms/alias:Alias": alias,
};
