/** The head of a table: a column's name each. */
import type { ReactNode } from "react";

export interface TableHeadProps {
  readonly columns: readonly string[];
  /** Further columns, whose heads say more than a name. */
  readonly children?: ReactNode;
}

export function TableHead({ columns, children }: TableHeadProps) {
  return (
    <thead className="table-head">
      <tr>
        {columns.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
        {children}
      </tr>
    </thead>
  );
}
