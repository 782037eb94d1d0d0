import type * as pulumi from "@pulumi/pulumi";
import type { StoryApi } from "../components/index.ts";
import { operations } from "../contract/operations.ts";
import type { Story42Parts } from "./story42.ts";

/** The outputs of a stack, under the names that existing scripts read. */
export function stackOutputs({ settings, data, auth, images, functions, api, agent, site }: Story42Parts) {
    const service = agent?.nodes;
    return {
        region: settings.region,
        api_endpoint: api.endpoint,
        ...endpoints(api),
        cognito_user_pool_id: auth.userPool.id,
        cognito_user_pool_client_id: auth.userPoolClient.id,
        cognito_user_pool_domain: auth.userPoolDomain.domain,
        lambda_ecr_repository_url: images.text.repositoryUrl,
        s3_bucket_name: data.imagesBucket.bucket,
        dynamodb_table_name: data.table.name,
        usage_table_name: data.usageTable.name,
        google_api_key_secret_name: data.googleApiKeySecret.name,
        website_url: site.url,
        website_bucket_name: site.bucket.bucket,
        cloudfront_distribution_id: site.distribution.id,
        cloudfront_domain_name: site.distribution.domainName,
        text_function_name: functions.text.function.name,
        image_function_name: functions.image.function.name,
        data_ops_function_name: functions["data-ops"].function.name,
        /** The image, by digest, of every function and of the agent service. */
        image_refs: Object.fromEntries(Object.entries(images).map(([name, image]) => [name, image.ref])) as {
            [Name in keyof typeof images]: pulumi.Output<string>;
        },
        /** Where each part's logs are in CloudWatch Logs. */
        log_groups: {
            text: functions.text.logGroup.name,
            image: functions.image.logGroup.name,
            "data-ops": functions["data-ops"].logGroup.name,
            api: api.accessLog.name,
            ...(service && { agent: service.logGroup.name }),
        },
        ...(service && {
            // The load balancer is internal: clients reach the service at the site's address.
            ecs_service_endpoint: site.url,
            ecs_cluster_name: service.cluster.name,
            ecs_service_name: service.service.name,
        }),
    };
}

/** The outputs of a stack that is deployed, as other programs read them. */
export type StoryOutputs = pulumi.Unwrap<ReturnType<typeof stackOutputs>>;

type SnakeCase<Text extends string> = Text extends `${infer Head}-${infer Tail}` ? `${Head}_${SnakeCase<Tail>}` : Text;
type EndpointName<Path extends string> = Path extends `/${infer Name}` ? `${SnakeCase<Name>}_endpoint` : never;

/** The address of each operation. */
function endpoints(api: StoryApi) {
    return Object.fromEntries(
        operations.map(({ path }) => [
            `${path.slice(1).replaceAll("-", "_")}_endpoint`,
            api.operationEndpoints[path.slice(1)],
        ]),
    ) as Record<EndpointName<(typeof operations)[number]["path"]>, pulumi.Output<string>>;
}
