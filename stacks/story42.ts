import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    physicalNames,
    StoryAgentService,
    StoryApi,
    StoryAuth,
    StoryData,
    StoryLambdas,
    StoryMonitoring,
    StoryNetwork,
    StorySite,
} from "../components/index.ts";
import { operations } from "../contract/operations.ts";
import { balancerSubnets } from "./balancerSubnets.ts";
import { bucketNames } from "./bucketNames.ts";
import { type ChildContext, topLevel } from "./childContext.ts";
import { agentVariables, functionVariables, textModelsOf } from "./environment.ts";
import type { ProgramArgs, Shared } from "./given.ts";
import { grantEverything } from "./grants.ts";
import { createGuardrail } from "./guardrail.ts";
import type { ImageName } from "./imageSources.ts";
import { createImage } from "./images.ts";
import { createInferenceProfiles } from "./inferenceProfiles.ts";
import { namedInAccount } from "./namedInAccount.ts";
import { createProductionParts } from "./production.ts";
import { productionNumbers } from "./productionNumbers.ts";
import type { StorySettings } from "./settings.ts";

/** What a stack consists of. */
export type Story42Parts = ReturnType<typeof createStory42>;

/**
 * Creates all of Story-42 for one stack. The order of work follows from outputs alone.
 *
 * @param siteContent the folder of the built site; `undefined` uploads none
 * @param programArgs values that settings can't hold, such as outputs; by default the settings' own
 */
export function createStory42(
    settings: StorySettings,
    siteContent: string | undefined,
    context: ChildContext = topLevel,
    programArgs: ProgramArgs = settings,
) {
    // The site's address is an allowed origin of parts that are created before the site, and known only after CloudFront.
    const [siteUrl, resolveSiteUrl] = pulumi.deferredOutput<string>();
    try {
        const story42 = compose({ settings, siteContent, context, programArgs }, siteUrl);
        resolveSiteUrl(story42.site.url);
        return story42;
    } catch (error) {
        // A deferred output that is never resolved would block the engine for ever.
        resolveSiteUrl(pulumi.output(Promise.reject(new Error("there is no site, as the program failed"))));
        throw error;
    }
}

interface Composition {
    settings: StorySettings;
    siteContent: string | undefined;
    context: ChildContext;
    programArgs: ProgramArgs;
}

function compose(composition: Composition, siteUrl: pulumi.Output<string>) {
    const { settings, siteContent, context, programArgs } = composition;
    const { nameOf, opts } = context;
    const { transform = {} } = programArgs;
    const shared: Shared = { project: settings.projectName, environment: settings.environment, tags: programArgs.tags };
    const accountId = aws.getCallerIdentityOutput({}, opts).accountId;
    const buckets = bucketNames(shared, settings);
    const production = createProductionParts(settings, shared, transform, accountId, context);
    const architecture = settings.architecture === "arm64" ? "arm64" : "x86_64";
    const corsOrigins = siteUrl.apply((url) => [url, ...settings.corsOrigins]);

    const network = createNetwork(settings, shared, programArgs, production, context);
    const data = new StoryData(
        nameOf("data"),
        {
            ...shared,
            usageTable: true,
            googleApiKey: pulumi.secret(programArgs.googleApiKey),
            ttsApiKey: pulumi.secret(programArgs.tech42TtsApiKey),
            searchApiKey: programArgs.braveSearchApiKey && pulumi.secret(programArgs.braveSearchApiKey),
            corsOrigins,
            imageExpirationDays: settings.imageExpirationDays,
            deletionProtection: settings.protectData,
            protect: settings.protectData,
            forceDestroy: !settings.protectData,
            secretRecoveryDays: settings.protectData ? 30 : 0,
            kmsKeyArn: production.kmsKeyArn,
            accessLogBucket: production.logBucket?.bucketName,
            names: { imagesBucket: buckets.imagesBucket },
            transform: {
                ...transform.data,
                imagesBucket: namedInAccount(settings, accountId, transform.data?.imagesBucket),
            },
        },
        opts,
    );
    const auth = new StoryAuth(
        nameOf("auth"),
        {
            ...shared,
            adminEmail: programArgs.adminEmail,
            adminTemporaryPassword: programArgs.adminTempPassword && pulumi.secret(programArgs.adminTempPassword),
            mfa: settings.mfa,
            openSignUp: settings.openSignUp,
            deletionProtection: settings.protectData,
            protect: settings.protectData,
            domainPrefix: settings.userPoolDomain,
            transform: transform.auth,
        },
        opts,
    );
    const image = (name: ImageName) =>
        createImage(name, settings, shared, programArgs.images[name], transform.images, context);
    const images = {
        text: image("text"),
        image: image("image"),
        dataOps: image("dataOps"),
        ...(settings.agentEnabled ? { agent: image("agent") } : {}),
    };
    const names = physicalNames(shared);
    const guardrail = createGuardrail(
        settings,
        shared,
        { accountId, kmsKeyArn: production.kmsKeyArn },
        transform,
        context,
    );
    const inferenceProfiles = createInferenceProfiles(settings, shared, accountId, context);
    const variables = functionVariables(settings, { data, auth, corsOrigins, guardrail, inferenceProfiles });
    const { functions } = new StoryLambdas(
        nameOf("lambdas"),
        {
            ...shared,
            transform: transform.lambdas,
            architecture,
            logRetentionDays: production.logRetentionDays,
            kmsKeyArn: production.kmsKeyArn,
            functions: {
                text: {
                    functionName: names.textFunction,
                    roleName: names.textFunctionRole,
                    description: "Writes stories",
                    image: images.text.ref,
                    memory: 512,
                    reservedConcurrency: production.reservedConcurrency,
                    environment: variables.text,
                },
                image: {
                    functionName: names.imageFunction,
                    roleName: names.imageFunctionRole,
                    description: "Draws pictures",
                    image: images.image.ref,
                    memory: 2048,
                    reservedConcurrency: production.reservedConcurrency,
                    environment: variables.image,
                },
                "data-ops": {
                    functionName: names.dataOpsFunction,
                    roleName: names.dataOpsFunctionRole,
                    description: "Stores, exports and removes users' data",
                    image: images.dataOps.ref,
                    memory: 512,
                    reservedConcurrency: production.reservedConcurrency,
                    environment: variables.dataOps,
                },
            },
        },
        opts,
    );
    const api = new StoryApi(
        nameOf("api"),
        {
            ...shared,
            operations: operations.map((operation) => ({
                path: operation.path,
                name: operation.path.slice(1),
                function: functions[operation.function],
            })),
            userPoolArn: auth.userPool.arn,
            corsOrigins,
            timeoutSeconds: settings.apiTimeoutSeconds,
            logRetentionDays: production.logRetentionDays,
            kmsKeyArn: production.kmsKeyArn,
            webAclArn: production.apiFirewall?.arn,
            manageAccountLogging: settings.manageAccountLogging,
            transform: transform.api,
        },
        opts,
    );
    const agent = images.agent
        ? new StoryAgentService(
              nameOf("agent"),
              {
                  ...shared,
                  image: images.agent,
                  network: {
                      vpcId: network.vpcId,
                      publicSubnetIds: network.publicSubnetIds,
                      isolatedSubnetIds: balancerSubnets(settings, network, opts),
                  },
                  architecture,
                  desiredCount: settings.ecsDesiredCount,
                  autoscaling: production.autoscaling,
                  nightStop: settings.agentNightStop,
                  cpu: settings.ecsCpu,
                  memory: settings.ecsMemory,
                  variables: agentVariables(settings, {
                      data,
                      auth,
                      api,
                      functions,
                      corsOrigins,
                      guardrail,
                      inferenceProfiles,
                  }),
                  secrets: {
                      TECH42_TTS_API_KEY: data.ttsApiKey,
                      ...(data.searchApiKey && { BRAVE_SEARCH_API_KEY: data.searchApiKey }),
                  },
                  logRetentionDays: production.logRetentionDays,
                  kmsKeyArn: production.kmsKeyArn,
                  containerInsights: settings.production,
                  accessLogBucket: production.logBucket?.bucketName,
                  deletionProtection: settings.protectData,
                  protect: settings.protectData,
                  transform: transform.agent,
              },
              opts,
          )
        : undefined;
    const site = new StorySite(
        nameOf("site"),
        {
            ...shared,
            content: siteContent,
            agentLoadBalancer: agent?.nodes && {
                arn: agent.nodes.loadBalancer.arn,
                dnsName: agent.nodes.loadBalancer.dnsName,
            },
            domain: settings.enableCustomDomain
                ? { zoneName: `${settings.siteName ?? settings.projectName}.${settings.domainName}` }
                : undefined,
            mediaOrigins: [pulumi.interpolate`https://${data.imagesBucket.bucketRegionalDomainName}`],
            accessLogs: production.logBucket,
            webAclArn: production.siteFirewall?.arn,
            forceDestroy: !settings.protectData,
            names: { siteBucket: buckets.siteBucket },
            transform: { ...transform.site, bucket: namedInAccount(settings, accountId, transform.site?.bucket) },
        },
        opts,
    );
    grantEverything(settings, { data, auth, functions, agent, guardrail, inferenceProfiles, accountId });
    const monitoring = new StoryMonitoring(
        nameOf("monitoring"),
        {
            ...shared,
            adminEmail: programArgs.adminEmail,
            accountId,
            api,
            functions,
            tableName: data.table.name,
            service: agent,
            models: textModelsOf(settings),
            inferenceProfileIds: Object.fromEntries(
                Object.entries(inferenceProfiles).map(([model, { id }]) => [model, id]),
            ),
            guardrail: settings.guardrail,
            site: { distributionId: site.distribution.id, region: settings.region },
            dailyUsd: settings.dailyUsd || undefined,
            monthlyBudgetUsd: settings.monthlyBudgetUsd,
            kmsKeyArn: production.kmsKeyArn,
            transform: transform.monitoring,
        },
        opts,
    );
    const { key, logBucket, apiFirewall, siteFirewall } = production;
    const optionalParts = { guardrail, monitoring, key, logBucket, apiFirewall, siteFirewall };
    return { settings, network, data, auth, images, functions, api, agent, site, ...optionalParts };
}

function createNetwork(
    settings: StorySettings,
    shared: Shared,
    { existingVpc, transform }: ProgramArgs,
    production: ReturnType<typeof createProductionParts>,
    { nameOf, opts }: ChildContext,
): StoryNetwork {
    return new StoryNetwork(
        nameOf("network"),
        {
            ...shared,
            ...(existingVpc
                ? { existing: existingVpc }
                : {
                      availabilityZones: settings.availabilityZones,
                      cidrBlock: settings.vpcCidrBlock,
                      flowLog: settings.production
                          ? { retentionDays: productionNumbers.logRetentionDays, kmsKeyArn: production.kmsKeyArn }
                          : undefined,
                  }),
            transform: transform?.network,
        },
        opts,
    );
}
