/** What an adoption changes for people and programs that use the deployment, derived from the Terraform state. */
import { MIN_PASSWORD_CHARACTERS } from "../../components/core/passwords.ts";
import type { StorySettings } from "../../stacks/settings.ts";
import type { Changes } from "../engine/changes.ts";
import { text } from "./kinds.ts";
import type { Match } from "./match.ts";
import type { Attributes, Instance } from "./state.ts";

/** The data that consequences derive from. */
export interface Situation {
    settings: StorySettings;
    stack: string;
    changes: Changes;
    matches: readonly Match[];
    /** The deployment's own instances. */
    instances: readonly Instance[];
}

/** The changes for users, each as a sentence that says what to do about it. */
export function consequencesOf(situation: Situation): string[] {
    return [
        ...origins(situation),
        ...signIn(situation),
        ...site(situation),
        ...balancer(situation),
        ...repositories(situation),
    ];
}

/** A change if the old deployment answered pages of any origin. */
function origins({ settings, stack, instances }: Situation): string[] {
    const isOpen = instances.some(({ attributes }) => originsIn(attributes).some((it) => it === "*" || it === "'*'"));
    return isOpen
        ? [
              `Web pages of other origins: until now any origin could call the API, from now on the stack's own site and ${settings.corsOrigins.join(", ")} alone. A web client that is served elsewhere is refused by the browser until it is named: pulumi config set --stack ${stack} corsOrigins '${JSON.stringify([...settings.corsOrigins, "https://THE-CLIENTS-ORIGIN"])}'`,
          ]
        : [];
}

/** The parts of attributes that say which origins are allowed. */
function originsIn({ response_parameters, cors_rule, cors }: Attributes): unknown[] {
    const headers = Object.entries((response_parameters ?? {}) as Attributes);
    const rules = [cors_rule, cors].flat() as (Attributes | null | undefined)[];
    return [
        ...headers.filter(([name]) => /allow-origin$/i.test(name)).map(([, value]) => value),
        ...rules.flatMap((rule) => rule?.allowed_origins ?? rule?.allow_origins),
    ];
}

function signIn({ settings, stack, matches }: Situation): string[] {
    const pool = matches.find(({ resource }) => resource.type === "aws:cognito/userPool:UserPool")?.instance.attributes;
    if (!pool) {
        return [];
    }
    const lines: string[] = [];
    const shortest = Number(blockOf(pool.password_policy)?.minimum_length ?? 8);
    if (shortest < MIN_PASSWORD_CHARACTERS) {
        lines.push(
            `Passwords: a new one needs ${MIN_PASSWORD_CHARACTERS} characters, until now ${shortest}. Existing ones keep working.`,
        );
    }
    const isClosed = blockOf(pool.admin_create_user_config)?.allow_admin_create_user_only;
    if (!isClosed && !settings.openSignUp) {
        lines.push(
            `Sign-up: nobody can register any more, administrators invite. To leave it open: pulumi config set --stack ${stack} openSignUp true`,
        );
    }
    if (settings.mfa === "required" && pool.mfa_configuration !== "ON") {
        lines.push(
            `Second factor: everybody must set up an authenticator, and a client that can't answer Cognito's challenges, such as the old web client and the notebooks, can sign nobody in. To leave the choice to people: pulumi config set --stack ${stack} mfa optional`,
        );
    }
    return lines;
}

function site({ matches, changes, instances }: Situation): string[] {
    const bucket = matches.find(
        ({ resource }) => resource.type === "aws:s3/bucket:Bucket" && /(^|-)site-bucket$/.test(resource.name),
    );
    const files = changes.create.filter(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");
    if (!bucket || files.length === 0) {
        return [];
    }
    const name = text(bucket.instance.attributes, "bucket") ?? "";
    const websites = instances
        .filter(({ type, attributes }) => type === "aws_s3_bucket_website_configuration" && attributes.bucket === name)
        .map(({ attributes }) => text(attributes, "website_endpoint"))
        .concat(text(bucket.instance.attributes, "website_endpoint"));
    const website = websites.find((address) => address !== undefined);
    return [
        `The web site: the stack's own takes the old one's place, and overwrites ${files.length} files of ${name}, index.html among them. To keep the old one: aws s3 sync s3://${name} old-site`,
        ...(website ? [`The address http://${website} stops answering: the bucket is read by CloudFront alone.`] : []),
    ];
}

function balancer({ matches, changes }: Situation): string[] {
    const replaced = matches.find(
        ({ resource }) =>
            resource.type === "aws:lb/loadBalancer:LoadBalancer" &&
            changes.replace.some(({ urn }) => urn === resource.urn),
    );
    const address = replaced && text(replaced.instance.attributes, "dns_name");
    return replaced
        ? [
              `The agent service's address${address ? ` http://${address}` : ""} is gone for good: the load balancer is replaced by an internal one of the same name. The service can't be reached for some minutes, and from then on at the site's address under /api/ only. Web clients that were built with the old address must be built anew.`,
          ]
        : [];
}

function repositories({ matches, changes }: Situation): string[] {
    const immutable = changes.update.filter(
        ({ urn, type, properties }) =>
            type === "aws:ecr/repository:Repository" &&
            properties.some(({ path }) => path === "imageTagMutability") &&
            matches.some(({ resource }) => resource.urn === urn),
    );
    const names = matches
        .filter(({ resource }) => immutable.some(({ urn }) => urn === resource.urn))
        .map(({ instance }) => text(instance.attributes, "name"));
    return names.length > 0
        ? [
              `Image tags: ${names.join(", ")} take each tag once. A docker push of a tag that is there, such as :latest, is refused; the stack builds and pushes its images itself.`,
          ]
        : [];
}

/** A block that Terraform stores as a list of one. */
function blockOf(blocks: unknown): Attributes | undefined {
    return [blocks].flat()[0] as Attributes | undefined;
}
