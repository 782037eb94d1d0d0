import type { Case } from "../case.ts";
import { behaviorsOf, distributions } from "../distributions.ts";
import { AwsError } from "../response.ts";

export const edgeFunctionDeletion: Case = {
    title: "The deletion of a CloudFront function in use",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteFunction.html (FunctionInUse)",
    requests: ["cloudfront:DELETE /2020-05-31/function/{name}"],
    async handle(request, next, emulator) {
        const { name } = request.params;
        const users = (await distributions(emulator)).filter((distribution) =>
            behaviorsOf(distribution).some(({ FunctionAssociations }) =>
                FunctionAssociations?.Items?.some(({ FunctionARN }) => FunctionARN?.endsWith(`:function/${name}`)),
            ),
        );
        if (users.length > 0) {
            const words = `Cannot delete function ${name}, it is in use by ${users.length} distributions`;
            throw new AwsError("FunctionInUse", words, 409);
        }
        return next(request);
    },
};
