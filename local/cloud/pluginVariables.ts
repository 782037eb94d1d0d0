import { tmpdir } from "node:os";

/** Variables for the AWS plugin when it talks to an emulator on this machine. */
export function pluginVariables(endpoint: string): Record<string, string> {
    const { hostname } = new URL(endpoint);
    if (hostname !== "127.0.0.1") {
        throw new Error(`${endpoint} is not on this machine; these settings are for an emulator alone`);
    }
    return {
        // The provider's own switch for replayed tests: it does not wait for AWS's slowness (30 s before it first looks at a
        // load balancer), and nothing else is different (terraform-provider-aws, internal/retry/state.go).
        VCR_MODE: "REPLAY_ONLY",
        VCR_PATH: tmpdir(),
        // S3 Control prefixes the endpoint's host with the account, and no DNS resolves that name. Go uses the proxy for
        // every host except loopback.
        HTTP_PROXY: endpoint,
    };
}
