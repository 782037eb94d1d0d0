/** Shows JSON: long texts with their line breaks, names before values. */
export function Value({ value }: { value: unknown }) {
    if (typeof value === "string") {
        return value.length > 60 || value.includes("\n") ? <pre>{value}</pre> : <span>{value}</span>;
    }
    if (typeof value !== "object" || value === null) {
        return <span>{String(value)}</span>;
    }
    const entries = Object.entries(value);
    if (Array.isArray(value) && entries.length === 1) {
        return <Value value={value[0]} />;
    }
    return (
        <dl className="value">
            {entries.map(([name, one]) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd>
                        <Value value={one} />
                    </dd>
                </div>
            ))}
        </dl>
    );
}
