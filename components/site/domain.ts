import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { mapProviderOutput } from "../core/mocked.ts";
import { type Tagged, tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";

/** A custom domain of the site. */
export interface SiteDomain {
    /**
     * The site's name, for example `story-42.example.com`, which is the zone's as well where one is made: lower-case
     * letters, digits and hyphens between dots.
     *
     * @example "shop.example.com"
     */
    zoneName: string;
    /** Whether the site answers to `www.` before its name, too. @default true @example false */
    www?: boolean;
    /**
     * The id of a public hosted zone that exists, of the site's name or of a domain above it.
     *
     * @default a zone is made
     * @example "Z0123456789ABCDEFGHIJ"
     */
    zoneId?: pulumi.Input<string>;
    /**
     * The ARN of a certificate that exists for every name of the site: issued, and in us-east-1, where CloudFront takes
     * them from.
     *
     * @default one is made, and proven in the zone
     * @example certificate.arn
     */
    certificateArn?: pulumi.Input<string>;
}

/** The arguments of a domain's resources, beside the domain itself. */
export interface DomainInputs extends Tagged {
    transform?: {
        zone?: Transform<aws.route53.ZoneArgs>;
        record?: Transform<aws.route53.RecordArgs>;
        certificate?: Transform<aws.acm.CertificateArgs>;
        certificateValidation?: Transform<aws.acm.CertificateValidationArgs>;
    };
}

/** A domain that is ready for a distribution. */
export interface ReadyDomain {
    /** The names that the distribution answers to, the main one first. */
    names: string[];
    /** The certificate for them, known once it is issued. */
    certificateArn: pulumi.Output<string>;
    /** Creates the DNS records of the distribution. */
    pointAt(distribution: aws.cloudfront.Distribution): void;
}

/**
 * Creates the zone and a certificate for it, each unless it exists. The name servers of a created zone must be entered at the
 * parent domain during the first `up`, or the certificate is never issued.
 */
export function createDomain(
    parent: pulumi.Resource,
    name: string,
    args: DomainInputs,
    domain: SiteDomain,
): ReadyDomain {
    const labelled = [["apex", domain.zoneName] as const, ["www", `www.${domain.zoneName}`] as const];
    const named = domain.www === false ? labelled.slice(0, 1) : labelled;
    const names = named.map(([, recordName]) => recordName);
    const zoneId = domain.zoneId ?? createZone(parent, name, args, domain).zoneId;
    return {
        names,
        certificateArn:
            domain.certificateArn === undefined
                ? createCertificate(parent, name, args, zoneId, names)
                : pulumi.output(domain.certificateArn),
        pointAt: (distribution) => {
            for (const [label, recordName] of named) {
                for (const type of ["A", "AAAA"]) {
                    child(
                        parent,
                        aws.route53.Record,
                        `${name}-${label}-${type.toLowerCase()}`,
                        args.transform?.record,
                        {
                            zoneId,
                            name: recordName,
                            type,
                            aliases: [
                                {
                                    name: distribution.domainName,
                                    zoneId: distribution.hostedZoneId,
                                    evaluateTargetHealth: false,
                                },
                            ],
                        },
                    );
                }
            }
        },
    };
}

function createZone(
    parent: pulumi.Resource,
    name: string,
    args: DomainInputs,
    { zoneName }: SiteDomain,
): aws.route53.Zone {
    return child(parent, aws.route53.Zone, `${name}-zone`, args.transform?.zone, {
        name: zoneName,
        comment: `${args.project} ${args.environment}`,
        tags: tagsFor(args, zoneName),
    });
}

function createCertificate(
    parent: pulumi.Resource,
    name: string,
    args: DomainInputs,
    zoneId: pulumi.Input<string>,
    names: string[],
): pulumi.Output<string> {
    const [domainName = "", ...others] = names;
    // CloudFront takes certificates from us-east-1 only, whatever the stack's region.
    const region = "us-east-1";
    const certificate = child(parent, aws.acm.Certificate, `${name}-certificate`, args.transform?.certificate, {
        domainName,
        subjectAlternativeNames: others,
        validationMethod: "DNS",
        region,
        tags: tagsFor(args, domainName),
    });
    const records = names.map((_, index) => {
        const option = mapProviderOutput(certificate.domainValidationOptions, (options) => {
            const found = options[index];
            if (!found) {
                throw new Error(`ACM gave no validation record for ${names[index]}`);
            }
            return found;
        });
        return child(
            parent,
            aws.route53.Record,
            `${name}-validation-${index === 0 ? "apex" : "www"}`,
            args.transform?.record,
            {
                zoneId,
                name: option.resourceRecordName,
                type: option.resourceRecordType,
                records: [option.resourceRecordValue],
                ttl: 300,
                allowOverwrite: true,
            },
        );
    });
    const validation = child(
        parent,
        aws.acm.CertificateValidation,
        `${name}-certificate-validation`,
        args.transform?.certificateValidation,
        { certificateArn: certificate.arn, validationRecordFqdns: records.map((record) => record.fqdn), region },
    );
    return validation.certificateArn;
}
