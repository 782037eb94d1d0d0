/** Code that the cases of ECS services share. */
import type { Next } from "./case.ts";
import type { AwsRequest } from "./request.ts";
import { type AwsResponse, answer, outputOf } from "./response.ts";

/** The requests that create, update, describe and delete a service. */
export const serviceRequests = ["CreateService", "UpdateService", "DescribeServices", "DeleteService"].map(
    (name) => `ecs:${name}`,
);

/** Passes a request on, and applies `change` to the services in the answer; an error is not changed. */
export async function changingServices(
    request: AwsRequest,
    next: Next,
    // biome-ignore lint/suspicious/noExplicitAny: MiniStack's services have any fields
    change: (service: any) => void,
): Promise<AwsResponse> {
    const response = await next(request);
    if (response.status >= 300) {
        return response;
    }
    const output = outputOf(request, response);
    for (const service of output.services ?? [output.service]) {
        change(service);
    }
    return answer(request, output);
}
