import type { Registered } from "./monitor.ts";

/** Types whose names are unique only within another resource: an API, a function, a pool, a role, a cluster. */
const NAMED_WITHIN_PARENT =
    /apigateway\/(authorizer|model|requestValidator)|lambda\/alias|cognito\/user(Group|PoolClient)|iam\/rolePolicy|appautoscaling|ecs\/service/;
const NAMES = ["name", "bucket", "domain", "family", "dashboardName", "clusterName"];

/** Names that several resources share, among names that must be unique per type in an account and region. */
export function sharedNames(resources: readonly Registered[]): string[] {
    const names = resources
        .filter(
            ({ type }) =>
                type.startsWith("aws:") &&
                !NAMED_WITHIN_PARENT.test(type) &&
                !/bucket[A-Z]|capacityProviders/i.test(type),
        )
        .flatMap(({ type, inputs }) =>
            [...NAMES.map((name) => inputs[name]), inputs.vpcOriginEndpointConfig?.name]
                .filter((name) => typeof name === "string")
                .map((name) => `${type} ${name}`),
        );
    return names.filter((name, index) => names.indexOf(name) !== index);
}
