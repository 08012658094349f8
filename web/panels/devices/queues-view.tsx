/** Queues of a virtio device: how they are set up, and the buffers in them, read from the guest's memory. */
import { type BoardLook, type Chain, type DeviceLook, type QueueLook, valuesOf } from "../../model/board-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { useAnswer } from "../use-answer.ts";

export interface QueuesViewProps {
  readonly machine: MachineModel;
  readonly look: BoardLook;
  readonly device: DeviceLook;
}

export function QueuesView({ machine, device }: QueuesViewProps) {
  const ready = valuesOf(device, "QueueReady");
  const used = ready.map((value, queue) => ({ queue, isReady: value === 1n })).filter(({ isReady }) => isReady);
  if (used.length === 0) return <p className="device-place">The driver has set up no queue.</p>;
  return used.map(({ queue }) => <OneQueue key={queue} machine={machine} device={device} queue={queue} />);
}

interface QueueProps {
  readonly machine: MachineModel;
  readonly device: DeviceLook;
  readonly queue: number;
}

function OneQueue({ machine, device, queue }: QueueProps) {
  const value = (name: string): bigint => valuesOf(device, name)[queue] ?? 0n;
  const state = device.rows.map(({ values }) => values[queue]).join();
  const answer = useAnswer(
    machine,
    () => machine.board.queue(device, queue),
    `${device.device.name} ${queue} ${state}`,
    { running: true },
  );
  return (
    <section className="queue" aria-label={`Queue ${queue}`}>
      <h3>Queue {queue}</h3>
      <p className="device-place">
        {value("QueueNum").toLocaleString("en-US")} descriptors at{" "}
        <Physical machine={machine} address={value("QueueDesc")} />, available ring at{" "}
        <Physical machine={machine} address={value("QueueDriver")} />, used ring at{" "}
        <Physical machine={machine} address={value("QueueDevice")} />
      </p>
      {typeof answer === "string" && <p className="device-wrong">{answer}</p>}
      {answer !== null && typeof answer === "object" && <Buffers machine={machine} look={answer} />}
    </section>
  );
}

function Buffers({ machine, look }: { readonly machine: MachineModel; readonly look: QueueLook }) {
  const { available, used, noInterrupt, waiting, done } = look;
  return (
    <>
      <p className="device-place">
        The driver has put in {available.toLocaleString("en-US")}, the device has given back{" "}
        {used.toLocaleString("en-US")} (both count modulo 65,536)
        {noInterrupt ? "; the driver wants no interrupt now" : ""}.
      </p>
      <Chains machine={machine} title="Wait for the device" chains={waiting} none="No buffer waits for the device." />
      <Chains machine={machine} title="Given back last" chains={done} none="None has been given back." />
    </>
  );
}

interface ChainsProps {
  readonly machine: MachineModel;
  readonly title: string;
  readonly chains: readonly Chain[];
  readonly none: string;
}

function Chains({ machine, title, chains, none }: ChainsProps) {
  if (chains.length === 0) return <p className="device-doc">{none}</p>;
  return (
    <table aria-label={title}>
      <TableHead columns={[title, "Descriptor", "Address", "Bytes", "Flags"]} />
      <tbody>
        {chains.map(({ entry, descriptors, written, wrong }) => {
          const rows = descriptors.map(({ index, address, length, flags }, place) => (
            <tr key={`${entry} ${index}`} data-entry={entry}>
              <th scope="row">
                {place === 0 ? entry : ""}
                {place === 0 && written !== undefined ? `, ${written.toLocaleString("en-US")} bytes written` : ""}
              </th>
              <td>{index}</td>
              <td>
                <Physical machine={machine} address={address} />
              </td>
              <td>{length.toLocaleString("en-US")}</td>
              <td>{flags.join(" ")}</td>
            </tr>
          ));
          if (wrong === null) return rows;
          return [
            ...rows,
            <tr key={`${entry} wrong`}>
              <th scope="row">{descriptors.length === 0 ? entry : ""}</th>
              <td colSpan={4} className="device-wrong">
                {wrong}
              </td>
            </tr>,
          ];
        })}
      </tbody>
    </table>
  );
}

function Physical({ machine, address }: { readonly machine: MachineModel; readonly address: bigint }) {
  return (
    <button type="button" className="place-link" onClick={() => machine.places.showData(address, "physical")}>
      {hexText(address, 48)}
    </button>
  );
}
