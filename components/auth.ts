import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./core/arguments.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "./core/names.ts";
import { existing } from "./core/nodes.ts";
import { MIN_PASSWORD_CHARACTERS, STRONG_PASSWORD, strongPassword } from "./core/passwords.ts";
import { tagsFor } from "./core/tags.ts";
import { child, type Transform } from "./core/transform.ts";

/**
 * An application that users sign in to at Cognito's hosted page, by the authorization code flow. It gets tokens for `openid`,
 * `email` and `profile`; `transform.userPoolClient` sets other scopes, flows and identity providers.
 */
export interface OAuthClient {
    /**
     * Where users return to once they have signed in, for example `https://app.example.com/signed-in`; HTTP for
     * localhost alone.
     *
     * @example ["https://app.example.com/signed-in"]
     */
    callbackUrls: pulumi.Input<pulumi.Input<string>[]>;
    /** Where they may return to once they have signed out. @default nowhere @example ["https://app.example.com/"] */
    logoutUrls?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Arguments of {@link StoryAuth}. */
export interface StoryAuthArgs extends NamingArgs {
    /**
     * The administrator's e-mail address; Cognito invites it with a temporary password of its own.
     *
     * @default none, and neither an administrator nor a group of them
     * @example "admin@example.com"
     */
    adminEmail?: pulumi.Input<string>;
    /**
     * A temporary password for the administrator instead of Cognito's own. Pass a secret.
     *
     * @default none, so that no password is in the stack's state
     * @example config.requireSecret("adminPassword")
     */
    adminTemporaryPassword?: pulumi.Input<string>;
    /**
     * Whether a second factor (an authenticator app) is offered or demanded.
     *
     * @default `optional`: users who set one up are asked for it. `required` shuts out clients that cannot answer a
     * challenge
     * @example "required"
     */
    mfa?: "off" | "optional" | "required";
    /** Whether anybody may sign up. @default false, administrators invite @example true */
    openSignUp?: boolean;
    /** Refuse to delete the pool. @default false @example true */
    deletionProtection?: boolean;
    /** Pulumi refuses to delete the pool and its app client. @default false @example true */
    protect?: boolean;
    /** Whether the pool has Cognito's hosted sign-in, at a domain of Cognito's. @default true @example false */
    hostedSignIn?: boolean;
    /**
     * The prefix of the hosted sign-in's domain, unique in the region.
     *
     * @default `P-user-pool-E`
     * @example "shop-sign-in"
     */
    domainPrefix?: string;
    /**
     * Lets an application send its users to the hosted sign-in and get them back.
     *
     * @default none does
     * @example { callbackUrls: ["https://app.example.com/signed-in"] }
     */
    oauth?: OAuthClient;
    /** Other names than those that project and environment make. @default none @example { userPool: "customers" } */
    names?: { userPool?: string; userPoolClient?: string };
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
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

type Args = Named<StoryAuthArgs>;

/**
 * Who may use Story-42: a Cognito user pool with e-mail addresses as user names, a client for browsers, and where they are asked
 * for an administrator and the hosted sign-in. Free up to 10,000 users a month.
 */
export class StoryAuth extends pulumi.ComponentResource {
    /** The pool of users, whose tokens API and service accept. */
    readonly userPool: aws.cognito.UserPool;
    /** The client that browsers sign in with; it has no secret. */
    readonly userPoolClient: aws.cognito.UserPoolClient;
    /** The resources of the pool; undefined are those that are not asked for. */
    readonly nodes: AuthNodes;

    constructor(name: string, given: StoryAuthArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryAuth", name, {}, opts);
        this.userPool = this.#createUserPool(name, args);
        this.userPoolClient = this.#createClient(name, args);
        this.nodes = {
            userPool: this.userPool,
            userPoolClient: this.userPoolClient,
            userPoolDomain: (args.hostedSignIn ?? true) ? this.#createDomain(name, args) : undefined,
            ...(args.adminEmail === undefined
                ? { adminGroup: undefined, admin: undefined }
                : this.#inviteAdministrator(name, args, args.adminEmail)),
        };
        this.registerOutputs({ userPoolId: this.userPool.id, userPoolClientId: this.userPoolClient.id });
    }

    /** The domain of the hosted sign-in. Fails where there is none. */
    get userPoolDomain(): aws.cognito.UserPoolDomain {
        return existing(this.nodes.userPoolDomain, "domain: `hostedSignIn` is false");
    }

    #createUserPool(name: string, args: Args): aws.cognito.UserPool {
        const userPoolName = args.names?.userPool ?? physicalNames(args).userPool;
        return child(
            this,
            aws.cognito.UserPool,
            `${name}-user-pool`,
            args.transform?.userPool,
            {
                name: userPoolName,
                usernameAttributes: ["email"],
                autoVerifiedAttributes: ["email"],
                passwordPolicy: {
                    minimumLength: MIN_PASSWORD_CHARACTERS,
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
                tags: tagsFor(args, userPoolName),
            },
            {
                protect: args.protect,
                // Case sensitivity is fixed when a pool is created: a change would replace an existing pool.
                ignoreChanges: ["usernameConfiguration"],
            },
        );
    }

    #createClient(name: string, args: Args): aws.cognito.UserPoolClient {
        return child(
            this,
            aws.cognito.UserPoolClient,
            `${name}-user-pool-client`,
            args.transform?.userPoolClient,
            {
                name: args.names?.userPoolClient ?? physicalNames(args).userPoolClient,
                userPoolId: this.userPool.id,
                // No secret is generated, since browsers can't keep one. `generateSecret: false` is the default, and not
                // given: an import doesn't read it, so that giving it would replace a client that is taken over.
                explicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                preventUserExistenceErrors: "ENABLED",
                // Minutes, AWS's maximum (default: 3): a user who sets up an authenticator may have to install it first.
                authSessionValidity: 15,
                enableTokenRevocation: true,
                accessTokenValidity: 60,
                idTokenValidity: 60,
                refreshTokenValidity: 30,
                tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "days" },
                ...(args.oauth ? hostedSignInOf(args.oauth) : {}),
            },
            // Applications are built with the client's id, which a replacement would change.
            { protect: args.protect },
        );
    }

    #createDomain(name: string, args: Args): aws.cognito.UserPoolDomain {
        return child(
            this,
            aws.cognito.UserPoolDomain,
            `${name}-user-pool-domain`,
            args.transform?.userPoolDomain,
            { domain: domainPrefix(args), userPoolId: this.userPool.id },
            // A pool has at most one domain of this kind, and a domain is unique in its region.
            { deleteBeforeReplace: true },
        );
    }

    #inviteAdministrator(
        name: string,
        args: Args,
        adminEmail: pulumi.Input<string>,
    ): Pick<AuthNodes, "adminGroup" | "admin"> {
        const group = child(this, aws.cognito.UserGroup, `${name}-admin-group`, args.transform?.adminGroup, {
            name: physicalNames(args).adminGroup,
            userPoolId: this.userPool.id,
            description: "Administrators",
        });
        const password = args.adminTemporaryPassword;
        const admin = child(this, aws.cognito.User, `${name}-admin`, args.transform?.admin, {
            userPoolId: this.userPool.id,
            username: adminEmail,
            attributes: { email: adminEmail, email_verified: "true" },
            desiredDeliveryMediums: ["EMAIL"],
            temporaryPassword: password === undefined ? undefined : pulumi.secret(password),
        });
        child(this, aws.cognito.UserInGroup, `${name}-admin-membership`, args.transform?.adminMembership, {
            userPoolId: this.userPool.id,
            groupName: group.name,
            username: admin.username,
        });
        return { adminGroup: group, admin };
    }
}

/** The resources of a user pool; undefined are those that a program does not ask for. */
export interface AuthNodes {
    /** The pool of users. */
    userPool: aws.cognito.UserPool;
    /** The client that browsers sign in with. */
    userPoolClient: aws.cognito.UserPoolClient;
    /** The domain of the hosted sign-in. */
    userPoolDomain: aws.cognito.UserPoolDomain | undefined;
    /** The group of administrators. */
    adminGroup: aws.cognito.UserGroup | undefined;
    /** The administrator. */
    admin: aws.cognito.User | undefined;
}

/** What a client needs for the hosted sign-in (Cognito developer guide, "App client settings"). */
function hostedSignInOf({ callbackUrls, logoutUrls }: OAuthClient): Partial<aws.cognito.UserPoolClientArgs> {
    return {
        callbackUrls,
        logoutUrls,
        allowedOauthFlowsUserPoolClient: true,
        allowedOauthFlows: ["code"],
        allowedOauthScopes: ["openid", "email", "profile"],
        supportedIdentityProviders: ["COGNITO"],
    };
}

/** Cognito takes HTTPS, HTTP for localhost, and schemes of applications (API reference, CreateUserPoolClient). */
const RETURN_URL = /^(?!http:\/\/(?!localhost[:/]|localhost$))[a-z][a-z0-9+.-]*:\/\/[^#\s]+$/;

const mfaConfigurations = { off: "OFF", optional: "OPTIONAL", required: "ON" } as const;

function returnUrlProblems(argument: string, urls: OAuthClient["logoutUrls"]): string[] {
    if (!Array.isArray(urls)) {
        return [];
    }
    return urls.flatMap((url, index) =>
        typeof url === "string" && !RETURN_URL.test(url)
            ? [
                  `${argument}[${index}] is "${url}"; it must be a URL without a fragment, with HTTPS unless it is localhost's`,
              ]
            : [],
    );
}

function domainPrefix(args: Args): string {
    return args.domainPrefix ?? physicalNames(args).userPoolDomain;
}

function checked(name: string, given: StoryAuthArgs): Args {
    const args = named(given);
    new ArgumentCheck("StoryAuth", name, args)
        .matches("adminEmail", args.adminEmail, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address")
        .oneOf("mfa", args.mfa, ["off", "optional", "required"])
        .that(
            args.adminEmail !== undefined || args.adminTemporaryPassword === undefined,
            "adminTemporaryPassword is given without adminEmail; it is the administrator's: give both",
        )
        .that(
            args.oauth === undefined || (args.hostedSignIn ?? true),
            "oauth is given and hostedSignIn is false; users sign in at the hosted page: leave one of them out",
        )
        .add(returnUrlProblems("oauth.callbackUrls", args.oauth?.callbackUrls))
        .add(returnUrlProblems("oauth.logoutUrls", args.oauth?.logoutUrls))
        .that(
            typeof args.adminTemporaryPassword !== "string" || strongPassword.test(args.adminTemporaryPassword),
            `adminTemporaryPassword is not strong enough; it must have ${STRONG_PASSWORD}`,
        )
        .add((args.hostedSignIn ?? true) ? nameProblems("cognitoDomain", "domainPrefix", domainPrefix(args)) : [])
        .add(nameProblems("userPool", "names.userPool", args.names?.userPool ?? physicalNames(args).userPool))
        .done();
    return args;
}
