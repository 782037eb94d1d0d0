/** Makes a copy of Terraform's AWS provider that has the services of this project only: all 267 take an hour to compile. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The services whose resources the stacks use, and those that their packages import. */
const services = new Set(
    (
        "acm apigateway appautoscaling bedrock budgets cloudfront cloudformation cloudwatch cognitoidp dynamodb ec2 ecr ecs " +
        "elbv2 events iam kms lambda logs meta opensearch organizations rds route53 s3 s3control scheduler secretsmanager " +
        "sns sqs sts wafv2 xray"
    ).split(" "),
);

/** The generated list of all services' packages. */
const packages = "internal/provider/sdkv2/service_packages_gen.go";
/** The generated methods that make the clients of all services. */
const clients = "internal/conns/awsclient_gen.go";

/**
 * @param module the module's folder, which is left as it is
 * @param copy a folder that is not there yet
 */
export function copyTrimmed(module: string, copy: string): void {
    for (const part of ["go.mod", "internal", "names", "version", "xpprovider"]) {
        cpSync(join(module, part), join(copy, part), {
            recursive: true,
            // What a module cache holds is read-only.
            mode: 0,
            filter: (path) => isKept(path.slice(module.length + 1)),
        });
    }
    writeFileSync(join(copy, packages), trimPackages(readFileSync(join(module, packages), "utf8")));
    const sources = sourcesIn(copy).filter((path) => !path.endsWith(clients));
    const text = sources.map((path) => readFileSync(path, "utf8")).join("\n");
    writeFileSync(join(copy, clients), trimClients(readFileSync(join(module, clients), "utf8"), text));
}

function isKept(path: string): boolean {
    const service = /^internal\/service\/([^/.]+)(?:\/|$)/.exec(path)?.[1];
    if (service !== undefined && !services.has(service)) {
        return false;
    }
    if (/^internal\/(acctest|generate)\b/.test(path)) {
        return false;
    }
    const name = basename(path);
    return path !== packages && path !== clients && !name.endsWith("_test.go") && name !== "testdata";
}

/** Drops the imports and calls of the services that are left out. */
function trimPackages(text: string): string {
    const isOfOther = (line: string) => {
        const [, imported, called] = /internal\/service\/(\w+)"|^\t\t(\w+)\.ServicePackage\(ctx\),/.exec(line) ?? [];
        const service = imported ?? called;
        return service !== undefined && !services.has(service);
    };
    return text
        .split("\n")
        .filter((line) => !isOfOther(line))
        .join("\n");
}

/** Drops the clients that nothing calls, and the imports of their SDKs. */
function trimClients(text: string, callers: string): string {
    const [head = "", ...methods] = text.split(/^(?=func \(c \*AWSClient\))/m);
    const used = methods.filter((method) => callers.includes(`.${/\) (\w+)\(/.exec(method)?.[1]}(`));
    const body = used.join("");
    const isUnused = (line: string) => {
        const [, alias, path = ""] = /^\t(?:(\w+) )?"(.+)"$/.exec(line) ?? [];
        const name = alias ?? basename(path);
        const isOptional = path.includes("aws-sdk-go-v2/service/") || path.endsWith("/names");
        return isOptional && !new RegExp(`\\b${name}\\.`).test(body);
    };
    const kept = head.split("\n").filter((line) => !isUnused(line));
    return kept.join("\n") + body;
}

function sourcesIn(folder: string): string[] {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files.filter((path) => path.endsWith(".go")).map((path) => join(folder, path));
}
