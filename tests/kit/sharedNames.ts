import type { Registered } from "./monitor.ts";

/** Whose names are another resource's alone: an API's, a function's, a pool's, a role's, a cluster's. */
const OWNED =
    /apigateway\/(authorizer|model|requestValidator)|lambda\/alias|cognito\/user(Group|PoolClient)|iam\/rolePolicy|appautoscaling|ecs\/service/;
const NAMES = ["name", "bucket", "domain", "family", "dashboardName", "clusterName"];

/** Names that several of the resources have, of those that an account and region have once among resources of one type. */
export function sharedNames(resources: readonly Registered[]): string[] {
    const names = resources
        .filter(
            ({ type }) => type.startsWith("aws:") && !OWNED.test(type) && !/bucket[A-Z]|capacityProviders/i.test(type),
        )
        .flatMap(({ type, inputs }) =>
            [...NAMES.map((name) => inputs[name]), inputs.vpcOriginEndpointConfig?.name]
                .filter((name) => typeof name === "string")
                .map((name) => `${type} ${name}`),
        );
    return names.filter((name, index) => names.indexOf(name) !== index);
}
