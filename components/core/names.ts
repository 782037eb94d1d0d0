/**
 * The physical names of a Story-42 deployment. An existing deployment has exactly these names: changing one here re-creates
 * the resource, and loses what it holds.
 */

import * as pulumi from "@pulumi/pulumi";

/** The parts of names: the project (P) and the environment (E). */
export interface Naming {
    /** The project's name, for example `story-42-west`: lower-case letters, digits and hyphens. */
    project: string;
    /** The environment's name, for example `dev`: lower-case letters, digits and hyphens. */
    environment: string;
}

/** The arguments that the names of a component's resources derive from. */
export interface NamingArgs {
    /**
     * The project's name (P), of lower-case letters, digits and hyphens.
     *
     * @default that of the Pulumi project
     * @example "shop"
     */
    project?: string;
    /**
     * The environment's name (E), of lower-case letters, digits and hyphens.
     *
     * @default that of the stack
     * @example "live"
     */
    environment?: string;
}

/** A component's arguments, with project and environment filled in. */
export type Named<Args> = Args & Naming;

/** Fills in project and environment; a program without types may give no arguments at all. */
export function named<Args extends NamingArgs>(args: Args | undefined): Named<Args> {
    const { project = pulumi.getProject(), environment = pulumi.getStack() } = args ?? {};
    return { ...(args as Args), project, environment };
}

/** Every physical name of one environment of one project. */
export function physicalNames({ project: P, environment: E }: Naming) {
    return {
        vpc: `${P}-vpc-${E}`,
        sessionsTable: `${P}-story-sessions-${E}`,
        usageTable: `${P}-story-usage-${E}`,
        imagesBucket: `${P}-story-images-${E}`,
        siteBucket: `${P}-${E}-static-website`,
        logBucket: `${P}-access-logs-${E}`,
        googleApiKeySecret: `${P}-google-api-key-${E}`,
        ttsApiKeySecret: `${P}-tts-api-key-${E}`,
        searchApiKeySecret: `${P}-search-api-key-${E}`,
        userPool: `${P}-user-pool-${E}`,
        userPoolClient: `${P}-user-pool-client-${E}`,
        userPoolDomain: `${P}-user-pool-${E}`,
        adminGroup: "admin",
        textRepository: `${P}-lambda-${E}`,
        imageRepository: `${P}-story-image-lambda-${E}`,
        dataOpsRepository: `${P}-data-ops-lambda-${E}`,
        agentRepository: `${P}-story-generator-${E}`,
        textFunction: `${P}-story-text-regen-${E}`,
        imageFunction: `${P}-story-image-regen-${E}`,
        dataOpsFunction: `${P}-data-ops-${E}`,
        textFunctionRole: `${P}-lambda-execution-${E}`,
        imageFunctionRole: `${P}-story-image-lambda-execution-${E}`,
        dataOpsFunctionRole: `${P}-data-ops-lambda-execution-${E}`,
        restApi: `${P}-api-${E}`,
        apiAuthorizer: `${P}-cognito-authorizer-${E}`,
        apiAccessLog: `/aws/apigateway/${P}-${E}`,
        cluster: `${P}-ecs-cluster-${E}`,
        service: "story-generator",
        taskFamily: `${P}-story-generator-${E}`,
        container: "story-generator-container",
        serviceLog: `/ecs/${P}-${E}`,
        taskExecutionRole: `${P}-ecs-task-execution-${E}`,
        taskRole: `${P}-ecs-task-${E}`,
        loadBalancerSecurityGroup: `${P}-alb-${E}`,
        serviceSecurityGroup: `${P}-ecs-service-${E}`,
        loadBalancer: `${P}-alb-${E}`,
        targetGroup: `${P}-tg-${E}`,
        guardrail: `${P}-${E}`,
        originAccessControl: `${P}-${E}-oac`,
    };
}

/** The name of a Lambda function's log group, as Lambda itself would choose it. */
export function functionLogGroup(functionName: string): string {
    return `/aws/lambda/${functionName}`;
}

/** What AWS allows as a name, by kind of resource (each service's API reference). */
const limits = {
    loadBalancer: {
        max: 32,
        pattern: /^(?!internal-)[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
        what: "letters, digits and inner hyphens, not starting with internal-",
    },
    targetGroup: {
        max: 32,
        pattern: /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
        what: "letters, digits and inner hyphens",
    },
    bucket: {
        min: 3,
        max: 63,
        pattern: /^(?!xn--|sthree-)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?<!-s3alias|--ol-s3)$/,
        what: "lower-case letters, digits and inner hyphens",
    },
    role: { max: 64, pattern: /^[\w+=,.@-]+$/, what: "letters, digits and _+=,.@-" },
    function: { max: 64, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
    repository: {
        min: 2,
        max: 256,
        pattern: /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/,
        what: "lower-case letters and digits, joined by single . _ / or -",
    },
    table: { min: 3, max: 255, pattern: /^[a-zA-Z0-9_.-]+$/, what: "letters, digits and _.-" },
    secret: { max: 512, pattern: /^[\w/+=.@-]+$/, what: "letters, digits and /_+=.@-" },
    userPool: { max: 128, pattern: /^[\w\s+=,.@-]+$/, what: "letters, digits, spaces and _+=,.@-" },
    cognitoDomain: {
        max: 63,
        pattern: /^(?!.*(?:aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
        what: "lower-case letters, digits and inner hyphens, without the words aws, amazon or cognito",
    },
    cluster: { max: 255, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
    taskFamily: { max: 255, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
    logGroup: { max: 512, pattern: /^[a-zA-Z0-9_./#-]+$/, what: "letters, digits and _./#-" },
    securityGroup: {
        max: 255,
        pattern: /^(?!sg-)[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]+$/,
        what: "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not starting with sg-",
    },
    topic: { max: 256, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
    dashboard: { max: 255, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
    budget: { max: 100, pattern: /^[^:\\]+$/, what: "anything but colons and backslashes" },
    guardrail: { max: 50, pattern: /^[\w-]+$/, what: "letters, digits, hyphens and underscores" },
    webAcl: { max: 128, pattern: /^[\w-]+$/, what: "letters, digits, hyphens and underscores" },
    keyAlias: {
        max: 250,
        pattern: /^(?!aws\/)[a-zA-Z0-9/_-]+$/,
        what: "letters, digits and /_-, not starting with aws/",
    },
    headersPolicy: { max: 128, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
    cloudFront: { max: 64, pattern: /^[a-zA-Z0-9_-]+$/, what: "letters, digits, hyphens and underscores" },
} satisfies Record<string, { min?: number; max: number; pattern: RegExp; what: string }>;

/** A kind of resource whose names are checked. */
export type NameKind = keyof typeof limits;

/** The problems of `value` as the name of a `kind`, each naming `argument`; empty if there are none. */
export function nameProblems(kind: NameKind, argument: string, value: unknown): string[] {
    if (typeof value !== "string") {
        return [];
    }
    const { min = 1, max, pattern, what } = { min: 1, ...limits[kind] };
    const problems: string[] = [];
    if (value.length < min || value.length > max) {
        problems.push(`${argument} is "${value}" (${value.length} characters); AWS allows ${min} to ${max}`);
    }
    if (!pattern.test(value)) {
        problems.push(`${argument} is "${value}"; AWS allows ${what}`);
    }
    return problems;
}
