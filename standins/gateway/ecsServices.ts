/** What the cases of ECS services share. */
import type { Next } from "./case.ts";
import type { AwsRequest } from "./request.ts";
import { type AwsResponse, answer, outputOf } from "./response.ts";

/** The requests by which a service comes, changes, is told of and goes. */
export const serviceRequests = ["CreateService", "UpdateService", "DescribeServices", "DeleteService"].map(
    (name) => `ecs:${name}`,
);

/** Hands a request on, and answers with its services as `change` leaves them; a refusal stays as it is. */
export async function changingServices(
    request: AwsRequest,
    next: Next,
    // biome-ignore lint/suspicious/noExplicitAny: what MiniStack says of a service, whatever that is
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
