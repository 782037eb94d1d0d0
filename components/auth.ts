import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./arguments.ts";
import { type Naming, nameProblems, physicalNames } from "./names.ts";
import { PASSWORD_MIN, STRONG_PASSWORD, strongPassword } from "./passwords.ts";
import { tagsFor } from "./tags.ts";
import { type Transform, transform } from "./transform.ts";

/** Arguments of {@link StoryAuth}. */
export interface StoryAuthArgs extends Naming {
    /** The administrator's e-mail address; Cognito invites it with a temporary password of its own. */
    adminEmail: pulumi.Input<string>;
    /**
     * A temporary password for the administrator instead of Cognito's own. Pass a secret. Default: none, so that no
     * password is in the stack's state.
     */
    adminTemporaryPassword?: pulumi.Input<string>;
    /**
     * Whether a second factor (an authenticator app) is offered or demanded. Default: `optional`, by which whoever sets
     * one up is asked for it. `required` shuts out clients that cannot answer a challenge.
     */
    mfa?: "off" | "optional" | "required";
    /** Whether anybody may sign up. Default: false, administrators invite. */
    openSignUp?: boolean;
    /** Refuse to delete the pool. Default: false. */
    deletionProtection?: boolean;
    /** Pulumi refuses to delete the pool and its app client. Default: false. */
    protect?: boolean;
    /** The prefix of the hosted sign-in's domain, unique in the region. Default: `P-user-pool-E`. */
    domainPrefix?: string;
    /** Other names than those that project and environment make. Default: none. */
    names?: { userPool?: string; userPoolClient?: string };
    /** Tags of everything that can carry them, over the component's own. Default: none. */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        userPool?: Transform<aws.cognito.UserPoolArgs>;
        userPoolClient?: Transform<aws.cognito.UserPoolClientArgs>;
        userPoolDomain?: Transform<aws.cognito.UserPoolDomainArgs>;
        adminGroup?: Transform<aws.cognito.UserGroupArgs>;
        admin?: Transform<aws.cognito.UserArgs>;
        adminMembership?: Transform<aws.cognito.UserInGroupArgs>;
    };
}

/** Who may use Story-42: a Cognito user pool with e-mail addresses as user names. Free up to 10,000 users a month. */
export class StoryAuth extends pulumi.ComponentResource {
    /** The pool of users, whose tokens API and service accept. */
    readonly userPool: aws.cognito.UserPool;
    /** The client that browsers sign in with; it has no secret. */
    readonly userPoolClient: aws.cognito.UserPoolClient;
    /** The domain of the hosted sign-in. */
    readonly userPoolDomain: aws.cognito.UserPoolDomain;

    constructor(name: string, args: StoryAuthArgs, opts?: pulumi.ComponentResourceOptions) {
        check(name, args);
        super("story42:index:StoryAuth", name, {}, opts);
        this.userPool = this.#createUserPool(name, args);
        this.userPoolClient = this.#createClient(name, args);
        this.userPoolDomain = this.#createDomain(name, args);
        this.#inviteAdministrator(name, args);
        this.registerOutputs({ userPoolId: this.userPool.id, userPoolClientId: this.userPoolClient.id });
    }

    #createUserPool(name: string, args: StoryAuthArgs): aws.cognito.UserPool {
        const userPoolName = args.names?.userPool ?? physicalNames(args).userPool;
        return new aws.cognito.UserPool(
            ...transform<aws.cognito.UserPoolArgs>(
                args.transform?.userPool,
                `${name}-user-pool`,
                {
                    name: userPoolName,
                    usernameAttributes: ["email"],
                    autoVerifiedAttributes: ["email"],
                    passwordPolicy: {
                        minimumLength: PASSWORD_MIN,
                        requireLowercase: true,
                        requireUppercase: true,
                        requireNumbers: true,
                        requireSymbols: true,
                        temporaryPasswordValidityDays: 7,
                    },
                    mfaConfiguration: mfaConfigurations[args.mfa ?? "optional"],
                    softwareTokenMfaConfiguration: args.mfa === "off" ? undefined : { enabled: true },
                    accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
                    adminCreateUserConfig: { allowAdminCreateUserOnly: !args.openSignUp },
                    usernameConfiguration: { caseSensitive: false },
                    // The attribute as deployed pools have it: a schema can't be changed without a new pool.
                    schemas: [
                        {
                            name: "email",
                            attributeDataType: "String",
                            required: true,
                            mutable: true,
                            developerOnlyAttribute: false,
                            stringAttributeConstraints: { minLength: "0", maxLength: "2048" },
                        },
                    ],
                    deletionProtection: args.deletionProtection ? "ACTIVE" : "INACTIVE",
                    tags: tagsFor(args, userPoolName, args.tags),
                },
                {
                    parent: this,
                    protect: args.protect,
                    // Whether case matters is settled as a pool is made: one that has it otherwise would be replaced.
                    ignoreChanges: ["usernameConfiguration"],
                },
            ),
        );
    }

    #createClient(name: string, args: StoryAuthArgs): aws.cognito.UserPoolClient {
        return new aws.cognito.UserPoolClient(
            ...transform<aws.cognito.UserPoolClientArgs>(
                args.transform?.userPoolClient,
                `${name}-user-pool-client`,
                {
                    name: args.names?.userPoolClient ?? physicalNames(args).userPoolClient,
                    userPoolId: this.userPool.id,
                    // No secret is generated, since browsers can't keep one. That is the default, and is not given: an
                    // import doesn't tell it, so that it would replace a client that is taken over.
                    explicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                    preventUserExistenceErrors: "ENABLED",
                    // The most there is (default: 3): whoever sets an authenticator up may have to install it first.
                    authSessionValidity: 15,
                    enableTokenRevocation: true,
                    accessTokenValidity: 60,
                    idTokenValidity: 60,
                    refreshTokenValidity: 30,
                    tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "days" },
                },
                // Clients are built with its id, which no other one can get.
                { parent: this, protect: args.protect },
            ),
        );
    }

    #createDomain(name: string, args: StoryAuthArgs): aws.cognito.UserPoolDomain {
        return new aws.cognito.UserPoolDomain(
            ...transform<aws.cognito.UserPoolDomainArgs>(
                args.transform?.userPoolDomain,
                `${name}-user-pool-domain`,
                { domain: domainPrefix(args), userPoolId: this.userPool.id },
                // A pool has one domain of this kind at most, and a region each domain once.
                { parent: this, deleteBeforeReplace: true },
            ),
        );
    }

    #inviteAdministrator(name: string, args: StoryAuthArgs): void {
        const group = new aws.cognito.UserGroup(
            ...transform<aws.cognito.UserGroupArgs>(
                args.transform?.adminGroup,
                `${name}-admin-group`,
                { name: physicalNames(args).adminGroup, userPoolId: this.userPool.id, description: "Administrators" },
                { parent: this },
            ),
        );
        const password = args.adminTemporaryPassword;
        const admin = new aws.cognito.User(
            ...transform<aws.cognito.UserArgs>(
                args.transform?.admin,
                `${name}-admin`,
                {
                    userPoolId: this.userPool.id,
                    username: args.adminEmail,
                    attributes: { email: args.adminEmail, email_verified: "true" },
                    desiredDeliveryMediums: ["EMAIL"],
                    temporaryPassword: password === undefined ? undefined : pulumi.secret(password),
                },
                { parent: this },
            ),
        );
        new aws.cognito.UserInGroup(
            ...transform<aws.cognito.UserInGroupArgs>(
                args.transform?.adminMembership,
                `${name}-admin-membership`,
                { userPoolId: this.userPool.id, groupName: group.name, username: admin.username },
                { parent: this },
            ),
        );
    }
}

const mfaConfigurations = { off: "OFF", optional: "OPTIONAL", required: "ON" } as const;

function domainPrefix(args: StoryAuthArgs): string {
    return args.domainPrefix ?? physicalNames(args).userPoolDomain;
}

function check(name: string, args: StoryAuthArgs): void {
    new ArgumentCheck("StoryAuth", name, args)
        .matches("adminEmail", args.adminEmail, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address")
        .oneOf("mfa", args.mfa, ["off", "optional", "required"])
        .that(
            typeof args.adminTemporaryPassword !== "string" || strongPassword.test(args.adminTemporaryPassword),
            `adminTemporaryPassword is not strong enough; it must have ${STRONG_PASSWORD}`,
        )
        .add(nameProblems("cognitoDomain", "domainPrefix", domainPrefix(args)))
        .add(nameProblems("userPool", "names.userPool", args.names?.userPool ?? physicalNames(args).userPool))
        .done();
}
