import type { Case } from "../case.ts";
import { AwsError, outputOf } from "../response.ts";

/** MiniStack refuses it with another error code. */
export const serviceNames: Case = {
    title: "A service of a name that is taken",
    difference: "invented",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html (InvalidParameterException)",
    requests: ["ecs:CreateService"],
    async handle(request, next) {
        const response = await next(request);
        const { message } = response.status === 400 ? outputOf(request, response) : {};
        if (message === "Creation of service was not idempotent.") {
            throw new AwsError("InvalidParameterException", message);
        }
        return response;
    },
};
