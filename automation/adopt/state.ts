import { z } from "zod";
import { StateError } from "./stateError.ts";

/** One resource instance of a Terraform state. */
export interface Instance {
    /** Its address, as `terraform state list` writes it. */
    address: string;
    /** Terraform's type, for example `aws_s3_bucket`. */
    type: string;
    /** Its attributes. Some are secret: they stay in memory. */
    attributes: Attributes;
    /** An older object of the same address, which Terraform still has to delete. */
    deposed: boolean;
}

export type Attributes = Readonly<Record<string, unknown>>;

/** The parts of a Terraform state that are used. */
export interface TerraformState {
    terraformVersion: string;
    serial: number;
    /** Everything that is managed; data sources are left out. */
    instances: Instance[];
}

/** The format of all Terraform 1.x, OpenTofu, and Terraform 0.12 and later. */
const FORMAT = 4;
const PULL = "terraform state pull | story42 adopt - --stack NAME";

const instanceSchema = z.looseObject({
    index_key: z.union([z.string(), z.number()]).optional(),
    deposed: z.string().optional(),
    attributes: z.record(z.string(), z.unknown()).nullish(),
});
const stateSchema = z.looseObject({
    version: z.literal(FORMAT),
    terraform_version: z.string().default("unknown"),
    serial: z.number().default(0),
    resources: z.array(
        z.looseObject({
            module: z.string().optional(),
            mode: z.enum(["managed", "data"]),
            type: z.string(),
            name: z.string(),
            instances: z.array(instanceSchema),
        }),
    ),
});

/**
 * Reads a Terraform state.
 *
 * @param content the file's content, or the output of `terraform state pull`
 * @param from its origin, for messages: a path or "standard input"
 * @throws {StateError} saying what the content is instead, and what to do
 */
export function readTerraformState(content: Uint8Array, from: string): TerraformState {
    const json = parse(content, from);
    refuseOtherDocuments(json, from);
    const parsed = stateSchema.safeParse(json);
    if (!parsed.success) {
        const issue = parsed.error.issues[0];
        // An issue has a path and an expected type, and never a value.
        throw new StateError(
            `${from} is not a whole Terraform state: ${issue?.path.join(".") || "the document"} is not as it should be.`,
            `Fetch it again: ${PULL}`,
        );
    }
    const { terraform_version, serial, resources } = parsed.data;
    const instances = resources
        .filter(({ mode }) => mode === "managed")
        .flatMap(({ module, type, name, instances }) =>
            instances.map(({ index_key, deposed, attributes }) => ({
                address: `${module ? `${module}.` : ""}${type}.${name}${indexOf(index_key)}`,
                type,
                attributes: attributes ?? {},
                deposed: deposed !== undefined,
            })),
        );
    if (instances.length === 0) {
        throw new StateError(
            `${from} is a Terraform state with no resources (serial ${serial}).`,
            `Nothing is deployed by it, or it is of another workspace: terraform workspace list, then ${PULL}`,
        );
    }
    return { terraformVersion: terraform_version, serial, instances };
}

function indexOf(key: string | number | undefined): string {
    return key === undefined ? "" : `[${JSON.stringify(key)}]`;
}

function parse(content: Uint8Array, from: string): Record<string, unknown> {
    const bytes = Buffer.from(content);
    if (bytes.subarray(0, 4).equals(Buffer.from("PK\x03\x04"))) {
        throw new StateError(
            `${from} is a ZIP archive, as terraform plan -out writes, and not a state.`,
            `Give the state: ${PULL}`,
        );
    }
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
        throw new StateError(
            `${from} is compressed with gzip.`,
            `Unpack it: gunzip -c FILE | story42 adopt - --stack NAME`,
        );
    }
    const text = textOf(bytes);
    if (text.trim() === "") {
        throw new StateError(
            `${from} is empty.`,
            `Terraform keeps this state elsewhere, or none: in its folder, ${PULL}`,
        );
    }
    let json: unknown;
    try {
        json = JSON.parse(text);
    } catch (error) {
        if (text.startsWith("{") && isAtEnd(error as Error, text)) {
            throw new StateError(`${from} ends in the middle, so it is not a whole state.`, `Fetch it again: ${PULL}`);
        }
        throw new StateError(
            `${from} is not JSON, so it is no Terraform state.`,
            `Give terraform.tfstate, or fetch the state: ${PULL}`,
        );
    }
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
        throw new StateError(`${from} is JSON, but no Terraform state.`, `Fetch the state: ${PULL}`);
    }
    return json as Record<string, unknown>;
}

/** Whether a JSON document is invalid only at its end. */
function isAtEnd({ message }: Error, text: string): boolean {
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return /end of JSON|Unterminated/.test(message) || Number(position) === text.length;
}

/** The text of a file by its byte order mark: PowerShell's `>` writes UTF-16. */
function textOf(bytes: Buffer): string {
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return bytes.toString(isUtf16 ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
}

/** Refuses other documents that are mistaken for a state, each with advice how to get the state. */
function refuseOtherDocuments(json: Record<string, unknown>, from: string): void {
    if ("encrypted_data" in json) {
        throw new StateError(
            `${from} is encrypted by OpenTofu.`,
            "Let OpenTofu decrypt it, in the folder that has its keys: tofu state pull | story42 adopt - --stack NAME",
        );
    }
    if (typeof json.backend === "object" && json.backend !== null && !("resources" in json)) {
        const { type } = json.backend as { type?: unknown };
        throw new StateError(
            `${from} says where the state is kept (backend ${JSON.stringify(type)}), and is not the state itself.`,
            `Fetch it from there: ${PULL}`,
        );
    }
    if ("format_version" in json) {
        const what = "planned_values" in json ? "a plan" : "what terraform show -json writes";
        throw new StateError(`${from} is ${what}, and not the state itself.`, `Fetch the state: ${PULL}`);
    }
    if ("deployment" in json) {
        throw new StateError(
            `${from} is a state of Pulumi, and not of Terraform.`,
            "What Pulumi has needs no taking over: pulumi stack import",
        );
    }
    if (typeof json.version !== "number") {
        throw new StateError(`${from} is JSON, but no Terraform state: it has no version.`, `Fetch the state: ${PULL}`);
    }
    if (json.version < FORMAT) {
        throw new StateError(
            `${from} has state format ${json.version}, of a Terraform before 0.12; ${FORMAT} is needed.`,
            "Let Terraform 1.x bring it up to date first: terraform init && terraform apply -refresh-only",
        );
    }
    if (json.version > FORMAT) {
        throw new StateError(
            `${from} has state format ${json.version}, which is newer than ${FORMAT}, the newest that is known here.`,
            "Use a version of story42 that knows it.",
        );
    }
}
