import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ACCOUNT } from "../account.ts";
import type { Case } from "../case.ts";
import { distributions } from "../distributions.ts";
import type { Emulator } from "../emulator.ts";
import { loadBalancing } from "../loadBalancers.ts";
import { AwsError, answer, outputOf } from "../response.ts";

/** MiniStack does not track the use of a certificate, so it deletes one that a load balancer or distribution uses. */
export const certificateUse: Case = {
    title: "The deletion of a certificate in use, and who uses it",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html (ResourceInUseException)",
    requests: ["acm:DeleteCertificate", "acm:DescribeCertificate"],
    async handle(request, next, emulator) {
        const arn: string = request.input.CertificateArn;
        const users = await usersOf(arn, request.region, emulator);
        if (request.operation === "DeleteCertificate") {
            if (users.length > 0) {
                const words = `Certificate ${arn} in account ${ACCOUNT} is in use.`;
                throw new AwsError("ResourceInUseException", words);
            }
            return next(request);
        }
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        const output = outputOf(request, response);
        output.Certificate.InUseBy = users;
        return answer(request, output);
    },
};

/** The ARNs of the load balancers and distributions that use a certificate. */
async function usersOf(arn: string, region: string, emulator: Emulator): Promise<string[]> {
    const { listeners } = await loadBalancing(emulator.client(ElasticLoadBalancingV2Client, region));
    const balancers = listeners
        .filter(({ Certificates = [] }) => Certificates.some(({ CertificateArn }) => CertificateArn === arn))
        .map(({ LoadBalancerArn = "" }) => LoadBalancerArn);
    const shown = (await distributions(emulator))
        .filter(({ ViewerCertificate }) => ViewerCertificate?.ACMCertificateArn === arn)
        .map(({ ARN = "" }) => ARN);
    return [...new Set([...balancers, ...shown])];
}
