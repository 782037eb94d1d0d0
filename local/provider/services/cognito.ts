import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { fromAws, required, toAws } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(cognito.CognitoIdentityProviderClient);

/** The settings of a pool that create and update share. */
function poolSettings(inputs: Properties) {
    return {
        Policies: inputs.passwordPolicy && { PasswordPolicy: toAws(inputs.passwordPolicy) },
        AutoVerifiedAttributes: inputs.autoVerifiedAttributes,
        MfaConfiguration: inputs.mfaConfiguration,
        AccountRecoverySetting: inputs.accountRecoverySetting && toAws(inputs.accountRecoverySetting),
        AdminCreateUserConfig: inputs.adminCreateUserConfig && toAws(inputs.adminCreateUserConfig),
        DeletionProtection: inputs.deletionProtection,
        UserPoolTags: inputs.tags,
    };
}

const userPool: ResourceType = {
    replaceOn: ["usernameAttributes", "aliasAttributes"],
    computed: [
        "arn",
        "endpoint",
        "creationDate",
        "lastModifiedDate",
        "domain",
        "customDomain",
        "estimatedNumberOfUsers",
    ],
    async create(inputs, cloud) {
        const { UserPool } = await client(cloud).send(
            new cognito.CreateUserPoolCommand({
                PoolName: inputs.name,
                UsernameAttributes: inputs.usernameAttributes,
                Schema: inputs.schemas && toAws(inputs.schemas),
                ...poolSettings(inputs),
            }),
        );
        const id = required(UserPool?.Id, "user pool id");
        await setMfa(id, inputs, cloud);
        return id;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new cognito.DescribeUserPoolCommand({ UserPoolId: id })));
        const it = found?.UserPool;
        if (!it) {
            return undefined;
        }
        const mfa = await client(cloud).send(new cognito.GetUserPoolMfaConfigCommand({ UserPoolId: id }));
        return {
            arn: it.Arn,
            name: it.Name,
            endpoint: `cognito-idp.${cloud.region}.amazonaws.com/${id}`,
            usernameAttributes: it.UsernameAttributes,
            autoVerifiedAttributes: it.AutoVerifiedAttributes,
            passwordPolicy: fromAws(it.Policies?.PasswordPolicy),
            mfaConfiguration: mfa.MfaConfiguration ?? it.MfaConfiguration,
            softwareTokenMfaConfiguration: fromAws(mfa.SoftwareTokenMfaConfiguration),
            accountRecoverySetting: fromAws(it.AccountRecoverySetting),
            adminCreateUserConfig: fromAws(it.AdminCreateUserConfig),
            deletionProtection: it.DeletionProtection,
            domain: it.Domain,
            schemas: it.SchemaAttributes?.filter(isOwn).map(schemaOf),
            tags: it.UserPoolTags ?? {},
        };
    },
    async update(id, inputs, cloud) {
        await client(cloud).send(new cognito.UpdateUserPoolCommand({ UserPoolId: id, ...poolSettings(inputs) }));
        await setMfa(id, inputs, cloud);
    },
    async delete(id, cloud, state) {
        if (state.deletionProtection === "ACTIVE") {
            throw new Error(
                `the user pool ${id} is protected against deletion; set deletionProtection to INACTIVE first`,
            );
        }
        await ifThere(client(cloud).send(new cognito.DeleteUserPoolCommand({ UserPoolId: id })));
    },
};

/** Every pool has all of the standard attributes; those count that it was asked for. */
function isOwn({ Name, Required }: cognito.SchemaAttributeType): boolean {
    return Required === true ? Name !== "sub" : Name?.startsWith("custom:") === true;
}

function schemaOf(it: cognito.SchemaAttributeType): Properties {
    return fromAws({
        // The limits that Cognito gives a text without any; the emulator gives none.
        ...(it.AttributeDataType === "String"
            ? { StringAttributeConstraints: { MinLength: "0", MaxLength: "2048" } }
            : {}),
        ...it,
    });
}

async function setMfa(id: string, inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.mfaConfiguration) {
        await client(cloud).send(
            new cognito.SetUserPoolMfaConfigCommand({
                UserPoolId: id,
                MfaConfiguration: inputs.mfaConfiguration,
                SoftwareTokenMfaConfiguration:
                    inputs.softwareTokenMfaConfiguration && toAws(inputs.softwareTokenMfaConfiguration),
            }),
        );
    }
}

/** The settings of a client that create and update share. */
function clientSettings(inputs: Properties) {
    const { name, generateSecret, userPoolId, region, tokenValidityUnits, ...settings } = inputs;
    return {
        ...toAws(settings),
        UserPoolId: userPoolId,
        ClientName: name,
        TokenValidityUnits: tokenValidityUnits && toAws(tokenValidityUnits),
    };
}

const userPoolClient: ResourceType = {
    replaceOn: ["userPoolId", "generateSecret"],
    computed: ["clientSecret"],
    secrets: ["clientSecret"],
    // As in the official provider: an import does not tell it, so that a program that gives it would replace the client.
    writeOnly: ["generateSecret"],
    async create(inputs, cloud) {
        const { UserPoolClient } = await client(cloud).send(
            new cognito.CreateUserPoolClientCommand({
                ...clientSettings(inputs),
                GenerateSecret: inputs.generateSecret,
            }),
        );
        return required(UserPoolClient?.ClientId, "client id");
    },
    async read(id, cloud, known) {
        // An import names pool and client, as the official provider has it.
        const [pool = "", ClientId = ""] = id.includes("/") ? id.split("/") : [known.userPoolId, id];
        const found = await ifThere(
            client(cloud).send(new cognito.DescribeUserPoolClientCommand({ UserPoolId: pool, ClientId })),
        );
        const it = found?.UserPoolClient;
        if (!it) {
            return undefined;
        }
        const { ClientName, ClientSecret, ClientId: _id, CreationDate, LastModifiedDate, ...settings } = it;
        return { ...fromAws(settings), name: ClientName, clientSecret: ClientSecret ?? "" };
    },
    idOf: (_actual, imported) => imported.slice(imported.indexOf("/") + 1),
    async update(id, inputs, cloud) {
        await client(cloud).send(new cognito.UpdateUserPoolClientCommand({ ...clientSettings(inputs), ClientId: id }));
    },
    async delete(id, cloud, state) {
        await ifThere(
            client(cloud).send(new cognito.DeleteUserPoolClientCommand({ UserPoolId: state.userPoolId, ClientId: id })),
        );
    },
};

const userPoolDomain: ResourceType = {
    replaceOn: ["domain", "userPoolId"],
    deleteFirst: true,
    computed: [
        "awsAccountId",
        "cloudfrontDistribution",
        "cloudfrontDistributionArn",
        "cloudfrontDistributionZoneId",
        "s3Bucket",
        "version",
    ],
    async create(inputs, cloud) {
        await client(cloud).send(
            new cognito.CreateUserPoolDomainCommand({ Domain: inputs.domain, UserPoolId: inputs.userPoolId }),
        );
        return inputs.domain;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new cognito.DescribeUserPoolDomainCommand({ Domain: id })));
        const it = found?.DomainDescription;
        return it?.UserPoolId ? { domain: id, userPoolId: it.UserPoolId, version: it.Version } : undefined;
    },
    async delete(id, cloud, state) {
        await ifThere(
            client(cloud).send(new cognito.DeleteUserPoolDomainCommand({ Domain: id, UserPoolId: state.userPoolId })),
        );
    },
};

const userGroup: ResourceType = {
    replaceOn: ["name", "userPoolId"],
    deleteFirst: true,
    // The emulator can make a group, but not change it.
    notEmulated: ["description", "precedence"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new cognito.CreateGroupCommand({
                GroupName: inputs.name,
                UserPoolId: inputs.userPoolId,
                Description: inputs.description,
                Precedence: inputs.precedence,
            }),
        );
        return `${inputs.userPoolId}/${inputs.name}`;
    },
    async read(id, cloud) {
        const [UserPoolId = "", GroupName = ""] = id.split("/");
        const found = await ifThere(client(cloud).send(new cognito.GetGroupCommand({ UserPoolId, GroupName })));
        const it = found?.Group;
        return (
            it && { name: it.GroupName, userPoolId: UserPoolId, description: it.Description, precedence: it.Precedence }
        );
    },
    async update() {},
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(new cognito.DeleteGroupCommand({ GroupName: state.name, UserPoolId: state.userPoolId })),
        );
    },
};

const attributeList = (attributes: Properties | undefined) =>
    Object.entries(attributes ?? {}).map(([Name, Value]) => ({ Name, Value: String(Value) }));

const user: ResourceType = {
    replaceOn: ["username", "userPoolId"],
    deleteFirst: true,
    computed: [
        "status",
        "sub",
        "enabled",
        "creationDate",
        "lastModifiedDate",
        "mfaSettingLists",
        "preferredMfaSetting",
    ],
    secrets: ["temporaryPassword", "password"],
    writeOnly: ["temporaryPassword", "desiredDeliveryMediums", "password", "messageAction", "username"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new cognito.AdminCreateUserCommand({
                UserPoolId: inputs.userPoolId,
                Username: inputs.username,
                UserAttributes: attributeList(inputs.attributes),
                TemporaryPassword: inputs.temporaryPassword,
                DesiredDeliveryMediums: inputs.desiredDeliveryMediums,
            }),
        );
        return `${inputs.userPoolId}/${inputs.username}`;
    },
    async read(id, cloud) {
        const [UserPoolId = "", Username = ""] = id.split("/");
        const it = await ifThere(client(cloud).send(new cognito.AdminGetUserCommand({ UserPoolId, Username })));
        if (!it) {
            return undefined;
        }
        const all = Object.fromEntries((it.UserAttributes ?? []).map((one) => [one.Name, one.Value]));
        const { sub, ...attributes } = all;
        return {
            userPoolId: UserPoolId,
            username: Username,
            attributes,
            sub,
            status: it.UserStatus,
            enabled: it.Enabled,
        };
    },
    async update(_id, inputs, cloud) {
        await client(cloud).send(
            new cognito.AdminUpdateUserAttributesCommand({
                UserPoolId: inputs.userPoolId,
                Username: inputs.username,
                UserAttributes: attributeList(inputs.attributes),
            }),
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new cognito.AdminDeleteUserCommand({ UserPoolId: state.userPoolId, Username: state.username }),
            ),
        );
    },
};

const userInGroup: ResourceType = {
    replaceOn: ["groupName", "userPoolId", "username"],
    deleteFirst: true,
    async create(inputs, cloud) {
        await client(cloud).send(
            new cognito.AdminAddUserToGroupCommand({
                UserPoolId: inputs.userPoolId,
                Username: inputs.username,
                GroupName: inputs.groupName,
            }),
        );
        return `${inputs.userPoolId}/${inputs.groupName}/${inputs.username}`;
    },
    async read(id, cloud, known) {
        // An import names pool, group and user, separated by commas, as the official provider has it.
        const [UserPoolId = "", GroupName = "", Username = ""] = id.includes(",")
            ? id.split(",")
            : [known.userPoolId, known.groupName, known.username];
        const found = await ifThere(
            client(cloud).send(new cognito.AdminListGroupsForUserCommand({ UserPoolId, Username })),
        );
        return found?.Groups?.some((group) => group.GroupName === GroupName)
            ? { userPoolId: UserPoolId, groupName: GroupName, username: Username }
            : undefined;
    },
    idOf: ({ userPoolId, groupName, username }) => `${userPoolId}/${groupName}/${username}`,
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new cognito.AdminRemoveUserFromGroupCommand({
                    UserPoolId: state.userPoolId,
                    Username: state.username,
                    GroupName: state.groupName,
                }),
            ),
        );
    },
};

export const cognitoTypes: Record<string, ResourceType> = {
    "aws:cognito/userPool:UserPool": userPool,
    "aws:cognito/userPoolClient:UserPoolClient": userPoolClient,
    "aws:cognito/userPoolDomain:UserPoolDomain": userPoolDomain,
    "aws:cognito/userGroup:UserGroup": userGroup,
    "aws:cognito/user:User": user,
    "aws:cognito/userInGroup:UserInGroup": userInGroup,
};
