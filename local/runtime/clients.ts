/** Clients of the emulator, for parts that read the deployment. */
import { CloudFrontClient } from "@aws-sdk/client-cloudfront";
import { ECSClient } from "@aws-sdk/client-ecs";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";

export interface Credentials {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
}

/** Credentials of the emulator's own account, which accepts any key. */
export const OPERATOR: Credentials = { accessKeyId: "test", secretAccessKey: "test" };

export class Clients {
    readonly endpoint: string;
    readonly region: string;
    readonly lambda: LambdaClient;
    readonly ecs: ECSClient;
    readonly sts: STSClient;
    readonly s3: S3Client;
    readonly cloudfront: CloudFrontClient;

    /** `endpoint`: the emulator's address. */
    constructor(endpoint: string, region: string) {
        this.endpoint = endpoint;
        this.region = region;
        const options = this.#options(OPERATOR);
        this.lambda = new LambdaClient(options);
        this.ecs = new ECSClient(options);
        this.sts = new STSClient(options);
        this.s3 = new S3Client({ ...options, forcePathStyle: true });
        this.cloudfront = new CloudFrontClient(options);
    }

    /** A client that reads secrets with the permissions of `credentials`. */
    secretsAs(credentials: Credentials): SecretsManagerClient {
        return new SecretsManagerClient(this.#options(credentials));
    }

    destroy(): void {
        for (const client of [this.lambda, this.ecs, this.sts, this.s3, this.cloudfront]) {
            client.destroy();
        }
    }

    #options(credentials: Credentials) {
        return { endpoint: this.endpoint, region: this.region, credentials };
    }
}
