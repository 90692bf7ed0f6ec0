package node

import "fmt"

// openDoor is where the HTTP door is made from Config.HTTP. Its unit must stop
// before the gateways do, so that nothing is taken in that nobody carries out.
func (n *Node) openDoor() error {
	if n.config.HTTP.Listen.IsValid() {
		return fmt.Errorf("http.listen: the HTTP door: %w", ErrNotAvailable)
	}
	return nil
}
