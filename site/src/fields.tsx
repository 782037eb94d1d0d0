import { type ReactNode, useId } from "react";

/** A label over one control; the control gets the id that the label points to. */
export function Field({
    label,
    wide,
    children,
}: {
    label: string;
    wide?: boolean;
    children: (id: string) => ReactNode;
}) {
    const id = useId();
    return (
        <div className={wide ? "field wide" : "field"}>
            <label htmlFor={id}>{label}</label>
            {children(id)}
        </div>
    );
}

/** A choice among few words. */
export function Options({ label, name, options }: { label: string; name: string; options: string[] }) {
    return (
        <Field label={label}>
            {(id) => (
                <select id={id} name={name}>
                    {options.map((option) => (
                        <option key={option} value={option}>
                            {option[0]?.toUpperCase() + option.slice(1)}
                        </option>
                    ))}
                </select>
            )}
        </Field>
    );
}
